import { type ActorKey, actorKey } from '../../engine/address.ts';
import type { Transfer, TransferItem } from '../../engine/work-store.ts';
import { readActor, type StoredActor, writeActor } from './actor.ts';
import type { Decision, Lookup, Reader, Write } from './backing.ts';
import { decideEntry } from './collections.ts';
import { Draft } from './draft.ts';
import { keys } from './keys.ts';
import { readWork, writeWork } from './partition-work.ts';
import { moveRanked } from './ranking.ts';
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
  writeEntries(draft, partition, items);
  draft.put(cursor, String(last.position));
  return { reply: items.some(({ rows }) => rows.length > 0), writes: draft.writes };
}

/** The position that transfers of a cursor have reached. */
export function readCursor(reader: Lookup, partition: number, cursor: string): number {
  return Number(reader.get(keys.cursor(partition, cursor)) ?? 0);
}

/** Has a cursor stand no further than a position. The answer is whether it stood further. */
export function decideRewind(
  reader: Lookup,
  partition: number,
  cursor: string,
  position: number,
): Decision<boolean> {
  const stoodFurther = readCursor(reader, partition, cursor) > position;
  const write: Write = [keys.cursor(partition, cursor), String(position)];
  return { reply: stoodFurther, writes: stoodFurther ? [write] : [] };
}

interface Owner {
  readonly id: string;
  readonly actor: StoredActor;
  /** As they are after what is written. */
  readonly sizes: Record<string, number>;
  /** Ranking → the collection that it is of. */
  readonly ranks: Map<string, string>;
}

/** The entries, and their number with each owner: no turn of its own, so its turns stay. */
function writeEntries(draft: Draft, partition: number, items: readonly TransferItem[]): void {
  const owners = new Map<ActorKey, Owner>();
  for (const { owner, rank, ...entry } of items.flatMap(({ entries }) => entries)) {
    const key = actorKey(owner);
    const known = owners.get(key) ?? readOwner(draft, key, owner.id);
    owners.set(key, known);
    if (rank !== undefined) known.ranks.set(rank, entry.collection);
    for (const [name, value] of decideEntry(draft, key, entry, known.sizes)) draft.put(name, value);
  }
  for (const [key, { id, actor, sizes, ranks }] of owners) {
    for (const [ranking, collection] of ranks) {
      const [before, after] = [actor.sizes[collection] ?? 0, sizes[collection] ?? 0];
      moveRanked(draft, partition, ranking, { id, before, after });
    }
    draft.put(keys.actor(key), writeActor(key, { ...actor, sizes }));
  }
}

function readOwner(draft: Draft, key: ActorKey, id: string): Owner {
  const actor = readActor(draft.get(keys.actor(key)));
  return { id, actor, sizes: { ...actor.sizes }, ranks: new Map() };
}
