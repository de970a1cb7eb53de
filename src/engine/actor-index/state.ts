import { z } from 'zod';
import type { Address } from '../address.ts';
import { parseRecord } from '../record.ts';
import type { Store } from '../store.ts';
import type { IndexedActor } from './tables.ts';

/** What of a stored state is looked at: whatever code wrote it, and whichever version. */
const header = z.object({ version: z.int() });
const machine = z.object({ value: z.unknown() });

/** What an index needs of an actor; `null`: it does not exist. @throws StoreUnavailable */
export async function readState(
  store: Store,
  actor: Address,
): Promise<Omit<IndexedActor, 'at'> | null> {
  const reply = await store.fetch({ pointers: [], actor, views: [], entries: [], sizes: [] });
  const text = reply.actor?.state ?? null;
  if (text === null) return null;
  const line = text.indexOf('\n');
  const { version } = header.parse(JSON.parse(text.slice(0, line)));
  const { value } = machine.parse(JSON.parse(text.slice(line + 1)));
  return { state: leavesOf(value).join(', '), version };
}

/** The same with the time of its last record, which is looked for. @throws StoreUnavailable */
export async function readActor(store: Store, actor: Address): Promise<IndexedActor | null> {
  const [state, trail] = await Promise.all([readState(store, actor), store.trail(actor, null, 1)]);
  const [last] = trail.records;
  return state && { ...state, at: last ? Date.parse(parseRecord(last.body).at) : 0 };
}

/** The paths of the innermost active states, of a machine's stored value. */
function leavesOf(value: unknown, path = ''): readonly string[] {
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (typeof value === 'string') return [below(value)];
  const inner = Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(value));
  if (inner.length === 0) return path === '' ? [] : [path];
  return inner.flatMap(([name, each]) => leavesOf(each, below(name)));
}
