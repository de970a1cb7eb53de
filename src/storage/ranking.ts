import type { RankedOwner } from '../engine/work-store.ts';

/** How many owners more than its share of the answer a partition is asked for at once. */
const SPARE = 8;

/** The first of one partition's ranking, in the order of the port. */
export type ReadPart = (partition: number, limit: number) => Promise<readonly RankedOwner[]>;

/**
 * The first owners over all partitions. Each partition is asked for about its share; those whose
 * last one is in the answer may have more that belong there, and are asked for more.
 */
export async function mergeRanking(
  partitions: number,
  limit: number,
  read: ReadPart,
): Promise<readonly RankedOwner[]> {
  if (limit < 1) return [];
  const parts = new Map<number, readonly RankedOwner[]>();
  let wanted = Array.from({ length: partitions }, (_, partition) => partition);
  let share = Math.min(limit, 2 * Math.ceil(limit / partitions) + SPARE);
  for (;;) {
    const asked = share;
    const found = await Promise.all(wanted.map((partition) => read(partition, asked)));
    for (const [place, partition] of wanted.entries()) parts.set(partition, found[place] ?? []);
    const first = [...parts.values()].flat().sort(compare).slice(0, limit);
    const last = first.length < limit ? undefined : first.at(-1);
    wanted = wanted.filter((partition) => {
      const part = parts.get(partition) ?? [];
      const end = part.at(-1);
      // Behind its own last one nothing of it belongs into the answer.
      return end && part.length >= asked && asked < limit && (!last || compare(end, last) <= 0);
    });
    if (wanted.length === 0) return first;
    share = Math.min(limit, 4 * share);
  }
}

function compare(a: RankedOwner, b: RankedOwner): number {
  if (a.size !== b.size) return b.size - a.size;
  return compareByCodePoint(a.id, b.id);
}

function compareByCodePoint(a: string, b: string): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    if (a.charCodeAt(index) === b.charCodeAt(index)) continue;
    // At the first difference: a surrogate's code unit sorts before some of what its character follows.
    return (a.codePointAt(index) ?? 0) - (b.codePointAt(index) ?? 0);
  }
  return a.length - b.length;
}
