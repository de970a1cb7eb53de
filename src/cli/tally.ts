import { z } from 'zod';
import type { CommandResult } from './answer.ts';
import { number } from './table.ts';

/** How often each command type came to what: `tally[type][what]`. */
export const tallySchema = z.record(z.string(), z.record(z.string(), z.int().min(1)));

export type Tally = z.infer<typeof tallySchema>;

/** What a result is counted as. */
function outcomeLabel(result: CommandResult): string {
  switch (result.status) {
    case 'accepted':
      return result.events.map(({ type }) => type).join(' + ') || 'no effect';
    case 'rejected':
      return `rejected: ${result.detail}`;
    case 'failed':
      return `failed: ${result.code}`;
  }
}

/** A tally that counts `results` (of commands of `types`, in the same order) as well. */
export function counted(
  tally: Tally,
  types: readonly string[],
  results: readonly CommandResult[],
): Tally {
  const sum = structuredClone(tally);
  for (const [index, type] of types.entries()) {
    const result = results[index];
    if (result === undefined) throw new Error('a command without its result');
    const ofType = sum[type] ?? {};
    sum[type] = ofType;
    const label = outcomeLabel(result);
    ofType[label] = (ofType[label] ?? 0) + 1;
  }
  return sum;
}

/** How many of a tally's commands failed for good. */
export function failures(tally: Tally): number {
  const labels = Object.values(tally).flatMap((ofType) => Object.entries(ofType));
  return labels.reduce((sum, [label, n]) => sum + (label.startsWith('failed: ') ? n : 0), 0);
}

/** A tally as lines of text, command by command, what happened most first. */
export function renderTally(tally: Tally): string {
  const rows = Object.entries(tally).flatMap(([type, ofType]) => {
    const outcomes = Object.entries(ofType).toSorted(([, a], [, b]) => b - a);
    return outcomes.map(
      ([label, n], index) => [index === 0 ? type : '', label, number(n)] as const,
    );
  });
  const total = Object.values(tally).flatMap((ofType) => Object.values(ofType));
  rows.push(['total', '', number(total.reduce((sum, n) => sum + n, 0))]);
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  const [types, labels, numbers] = [width(0), width(1), width(2)];
  return rows
    .map(([t, l, n]) => `${t.padEnd(types)}  ${l.padEnd(labels)}  ${n.padStart(numbers)}`)
    .join('\n');
}
