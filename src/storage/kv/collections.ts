import { type ActorKey, actorKey, partitionOf } from '../../engine/address.ts';
import type {
  CollectionRef,
  EntryRef,
  EntryRow,
  EntryWrite,
  PageRequest,
} from '../../engine/store.ts';
import { readActor, writeActor } from './actor.ts';
import type { Decision, Lookup, Reader, Write } from './backing.ts';
import { Draft } from './draft.ts';
import { keys, ranges, splitOrdered, unescapeName } from './keys.ts';
import { moveRanked } from './ranking.ts';

/** An entry is stored as its time, then, where it has a value, a space and the value. */
function writeEntry(at: number, value: string | null): string {
  return value === null ? String(at) : `${at} ${value}`;
}

function readStored(key: string, stored: string): EntryRow {
  const space = stored.indexOf(' ');
  if (space < 0) return { key, at: Number(stored), value: null };
  return { key, at: Number(stored.slice(0, space)), value: stored.slice(space + 1) };
}

export function readEntry(reader: Reader, { actor, collection, key }: EntryRef): EntryRow | null {
  const stored = reader.get(keys.entry(actorKey(actor), collection, key));
  return stored === null ? null : readStored(key, stored);
}

/**
 * Adds, replaces or removes one entry, in both orders.
 * @param sizes of the actor's collections, which this keeps up to date
 */
export function decideEntry(
  reader: Lookup,
  actor: ActorKey,
  { collection, key, at, value }: EntryWrite,
  sizes: Record<string, number>,
): Write[] {
  const entry = keys.entry(actor, collection, key);
  const timeline = keys.timeline(actor, collection);
  const stored = reader.get(entry);
  const old = stored === null ? null : readStored(key, stored);
  const size = sizes[collection] ?? 0;
  sizes[collection] = size + (at === null ? 0 : 1) - (old === null ? 0 : 1);
  const writes: Write[] = [];
  if (old !== null && old.at !== at) {
    writes.push([keys.timedEntry(timeline, old.at, key), null]);
  }
  if (at !== null) {
    const content = writeEntry(at, value);
    writes.push([entry, content], [keys.timedEntry(timeline, at, key), content]);
  } else if (old !== null) {
    writes.push([entry, null]);
  }
  return writes;
}

/**
 * Removes some entries, the newest first. What other steps of this moment write is not among what a
 * range shows: what they removed is not removed again, what they added stays for the next time.
 * @returns whether there are more
 */
export function decideClear(
  reader: Reader,
  ref: CollectionRef,
  { rank, limit }: { readonly rank: string | null; readonly limit: number },
  partitions: number,
): Decision<boolean> {
  const key = actorKey(ref.actor);
  const actor = readActor(reader.get(keys.actor(key)));
  const sizes: Record<string, number> = { ...actor.sizes };
  const before = sizes[ref.collection] ?? 0;
  const draft = new Draft(reader);
  for (const { key: entry } of limit < 1 ? [] : readPage(reader, ref, { limit, after: null })) {
    const removal = { collection: ref.collection, key: entry, at: null, value: null };
    for (const [name, value] of decideEntry(draft, key, removal, sizes)) draft.put(name, value);
  }
  const after = sizes[ref.collection] ?? 0;
  if (before !== after) draft.put(keys.actor(key), writeActor(key, { ...actor, sizes }));
  if (rank !== null) {
    const partition = partitionOf(key, partitions);
    moveRanked(draft, partition, rank, { id: ref.actor.id, before, after });
  }
  return { reply: after > 0, writes: draft.writes };
}

/** A page of a collection: the timeline from its end, or from before the cursor, backwards. */
export function readPage(
  reader: Reader,
  { actor, collection }: CollectionRef,
  { limit, after }: PageRequest,
): EntryRow[] {
  const timeline = keys.timeline(actorKey(actor), collection);
  const whole = ranges.timeline(timeline);
  const before = after === null ? whole.before : keys.timedEntry(timeline, after.at, after.key);
  const rows: EntryRow[] = [];
  for (const [key, stored] of reader.range({ from: whole.from, before, reverse: true, limit })) {
    const { rest } = splitOrdered(key.slice(timeline.length));
    rows.push(readStored(unescapeName(rest), stored));
  }
  return rows;
}
