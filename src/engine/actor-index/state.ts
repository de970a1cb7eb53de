import { z } from 'zod';
import type { ActorKey } from '../address.ts';
import { parseRecord } from '../record.ts';
import type { Store } from '../store.ts';
import type { IndexedActor } from './tables.ts';

/** What of a stored state is looked at: whatever code wrote it, and whichever version. */
const header = z.object({ version: z.int() });
const machine = z.object({ value: z.unknown() });

/**
 * What an index needs of actors of a partition, in the order given; `null`: there is no such actor.
 * @param times when the last command of each was recorded, in ms since 1970; without them that is read
 * @throws StoreUnavailable
 */
export async function readActors(
  store: Store,
  partition: number,
  actors: readonly ActorKey[],
  times: readonly number[] | null = null,
): Promise<readonly (IndexedActor | null)[]> {
  const found = await store.actors(partition, actors, times === null);
  return found.map(({ state, record }, place) => {
    const last = record === null ? 0 : Date.parse(parseRecord(record).at);
    return state === null ? null : { ...stateOf(state), at: times?.[place] ?? last };
  });
}

function stateOf(text: string): Omit<IndexedActor, 'at'> {
  const line = text.indexOf('\n');
  const { version } = header.parse(JSON.parse(text.slice(0, line)));
  const { value } = machine.parse(JSON.parse(text.slice(line + 1)));
  return { state: leavesOf(value).join(', '), version };
}

/** The paths of the innermost active states, of a machine's stored value. */
function leavesOf(value: unknown, path = ''): readonly string[] {
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (typeof value === 'string') return [below(value)];
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (inner.length === 0) return path === '' ? [] : [path];
  return inner.flatMap(([name, each]) => leavesOf(each, below(name)));
}
