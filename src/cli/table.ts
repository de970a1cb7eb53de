/**
 * Rows as lines of text, the first row their head: the first column to the left, the others to the
 * right, or to the left where they are named in `left`.
 */
export function renderTable(
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return left.includes(column) ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A whole number as people read it. */
export const number = (n: number): string => n.toLocaleString('en-US');

/** Milliseconds as people read them; `-` for none. */
export function ageOf(ms: number): string {
  if (ms === 0) return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${number(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}
