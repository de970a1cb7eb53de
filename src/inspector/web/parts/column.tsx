/** The head of a column of numbers. */
export function Column({ children }: { readonly children: string }) {
  return (
    <th scope="col" className="number">
      {children}
    </th>
  );
}
