/** A JSON value, to be read. */
export function JsonText({ value, label }: { readonly value: unknown; readonly label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is long is scrolled, by keyboard too
    <section className="json" tabIndex={0} aria-label={label} data-scrolls>
      <pre>{JSON.stringify(value, null, 2)}</pre>
    </section>
  );
}
