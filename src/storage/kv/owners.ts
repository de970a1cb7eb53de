import { parseActorKey } from '../../engine/address.ts';
import type { WorkStore } from '../../engine/work-store.ts';
import { readOwnKey } from './actor.ts';
import type { Reader } from './backing.ts';
import { parseActor, ranges } from './keys.ts';

type OwnersPage = Awaited<ReturnType<WorkStore['owners']>>;

/** Which of a type's ranges a listing is in, and the key that it goes on from. */
type Cursor = readonly [range: number, from: string];

/**
 * The actors of a type, those too of which no more is known than that they were refused or fenced.
 * Looks at one row for each id that it gives or leaves out, and jumps over what lies behind the row.
 */
export function readOwners(
  reader: Reader,
  type: string,
  cursor: string | null,
  limit: number,
): OwnersPage {
  const parts = ranges.actors(type);
  const begin: Cursor = cursor === null ? [0, parts[0].from] : JSON.parse(cursor);
  let [part, from] = begin;
  const ids: string[] = [];
  for (let looks = 0; looks < limit; looks++) {
    const range = parts[part];
    if (range === undefined) return { ids, next: null };
    const [found] = reader.range({ from, before: range.before, reverse: false, limit: 1 });
    if (found === undefined) {
      part += 1;
      from = parts[part]?.from ?? '';
      continue;
    }
    const [key, stored] = found;
    from = ranges.own(key).before;
    const id = idOf(type, key, stored);
    if (id !== null) ids.push(id);
  }
  return { ids, next: JSON.stringify([part, from] satisfies Cursor) };
}

/** The id of the actor whose row this is; `null` where it is of another type. */
function idOf(type: string, key: string, stored: string): string | null {
  const name = parseActor(key) ?? readOwnKey(stored);
  const address = name === null ? null : parseActorKey(name);
  return address?.type === type ? address.id : null;
}
