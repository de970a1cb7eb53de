import type { RankedOwner } from '../../engine/work-store.ts';
import type { Reader } from './backing.ts';
import type { Draft } from './draft.ts';
import { keys, ranges } from './keys.ts';

/** Moves an owner in a ranking, or into it, or out. */
export function moveRanked(
  draft: Draft,
  partition: number,
  ranking: string,
  owner: { readonly id: string; readonly before: number; readonly after: number },
): void {
  const { id, before, after } = owner;
  const place = keys.ranking(partition, ranking);
  if (before > 0 && before !== after) draft.put(keys.ranked(place, before, id), null);
  if (after > 0) draft.put(keys.ranked(place, after, id), `${after} ${id}`);
}

/** The first of a partition's ranking, in its order. */
export function readRanking(
  reader: Reader,
  partition: number,
  ranking: string,
  limit: number,
): RankedOwner[] {
  const range = ranges.ranking(keys.ranking(partition, ranking));
  return Array.from(reader.range({ ...range, reverse: false, limit }), ([, stored]) => {
    const space = stored.indexOf(' ');
    return { id: stored.slice(space + 1), size: Number(stored.slice(0, space)) };
  });
}
