import { type ActorKey, actorKey } from '../../engine/address.ts';
import type { Transfer, TransferItem } from '../../engine/work-store.ts';
import { readActor, type StoredActor, writeActor } from './actor.ts';
import type { Decision, Reader } from './backing.ts';
import { decideEntry } from './collections.ts';
import { Draft } from './draft.ts';
import { keys } from './keys.ts';
import { readWork, writeWork } from './partition-work.ts';
import { writeRows } from './rows.ts';

/**
 * Writes the items behind the cursor, in their order, and moves the cursor.
 * The answer is whether there were rows among what it wrote.
 */
export function decideTransfer(reader: Reader, transfer: Transfer, now: number): Decision<boolean> {
  const { partition } = transfer;
  const cursor = keys.cursor(partition, transfer.cursor);
  const reached = Number(reader.get(cursor) ?? -1);
  const items = transfer.items.filter(({ position }) => position > reached);
  const last = items.at(-1);
  if (last === undefined) return { reply: false, writes: [] };

  const draft = new Draft(reader);
  const work = readWork(reader, partition);
  let { count } = work;
  for (const { rows } of items) count = writeRows(draft, partition, rows, count, now);
  if (count !== work.count) draft.put(keys.work(partition), writeWork({ ...work, count }));
  writeEntries(draft, items);
  draft.put(cursor, String(last.position));
  return { reply: items.some(({ rows }) => rows.length > 0), writes: draft.writes };
}

/** The entries, and their number with each owner: no turn of its own, so its turns stay. */
function writeEntries(draft: Draft, items: readonly TransferItem[]): void {
  const owners = new Map<ActorKey, { actor: StoredActor; sizes: Record<string, number> }>();
  for (const { owner, ...entry } of items.flatMap(({ entries }) => entries)) {
    const key = actorKey(owner);
    const known = owners.get(key);
    const actor = known?.actor ?? readActor(draft.get(keys.actor(key)));
    const sizes = known?.sizes ?? { ...actor.sizes };
    if (known === undefined) owners.set(key, { actor, sizes });
    for (const [name, value] of decideEntry(draft, key, entry, sizes)) draft.put(name, value);
  }
  for (const [key, { actor, sizes }] of owners) {
    draft.put(keys.actor(key), writeActor({ ...actor, sizes }));
  }
}
