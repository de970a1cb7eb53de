import type { ReactNode } from 'react';

/** A table that is scrolled where it is wide, and whose rows are restacked where that is no help. */
export function WideTable({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wide is scrolled, by keyboard too
    <section className="wide" tabIndex={0} aria-label={label}>
      <table className="stacked">{children}</table>
    </section>
  );
}
