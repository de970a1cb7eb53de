import type { ReactNode } from 'react';

/** The head of a column of numbers. */
export function Column({ children }: { readonly children: ReactNode }) {
  return (
    <th scope="col" className="number">
      {children}
    </th>
  );
}

/** A number of a column. @param of the column, named beside it where rows are restacked */
export function NumberCell(props: { readonly of: string; readonly children: ReactNode }) {
  return (
    <td className="number" data-label={props.of}>
      {props.children}
    </td>
  );
}
