import { type ActorKey, type Address, actorKey, partitionOf } from '../../engine/address.ts';
import type { Trail } from '../../engine/store.ts';
import type { FeedRecord } from '../../engine/work-store.ts';
import { readActor } from './actor.ts';
import type { Lookup, Reader } from './backing.ts';
import { keys, parsePosition, ranges } from './keys.ts';

/** A record as it is stored. */
interface StoredRecord {
  readonly actor: ActorKey;
  /** The position of the actor's record before this one; 0 where this is the first. */
  readonly before: number;
  readonly body: string;
  /** The actor's state after it, where the record carries it. */
  readonly snapshot: string | null;
}

type Header = readonly [actor: ActorKey, before: number, bodyLength: number, hasSnapshot: 0 | 1];

export function writeRecord({ actor, before, body, snapshot }: StoredRecord): string {
  const header: Header = [actor, before, body.length, snapshot === null ? 0 : 1];
  return `${JSON.stringify(header)}\n${body}${snapshot ?? ''}`;
}

function readRecord(stored: string): StoredRecord {
  const line = stored.indexOf('\n');
  const [actor, before, bodyLength, hasSnapshot]: Header = JSON.parse(stored.slice(0, line));
  const end = line + 1 + bodyLength;
  return {
    actor,
    before,
    body: stored.slice(line + 1, end),
    snapshot: hasSnapshot === 1 ? stored.slice(end) : null,
  };
}

/** The last position of a partition's feed; 0 while it is empty. */
export function readHead(reader: Lookup, partition: number): number {
  return Number(reader.get(keys.head(partition)) ?? 0);
}

/** Records after a position, in order. */
export function readFeed(
  reader: Reader,
  partition: number,
  after: number,
  limit: number,
): FeedRecord[] {
  const range = { ...ranges.recordsAfter(partition, after), reverse: false, limit };
  return Array.from(reader.range(range), ([key, stored]) => {
    const { actor, body } = readRecord(stored);
    return { position: parsePosition(partition, key), actor, body };
  });
}

/** Follows an actor's records backwards: each read is one record of the page. */
export function readTrail(
  reader: Reader,
  address: Address,
  from: number | null,
  limit: number,
  partitions: number,
): Trail {
  const actor = actorKey(address);
  const partition = partitionOf(actor, partitions);
  let position = from ?? readActor(reader.get(keys.actor(actor))).lastRecord;
  const records: { position: number; body: string }[] = [];
  while (position > 0 && records.length < limit) {
    const stored = reader.get(keys.record(partition, position));
    const record = stored === null ? null : readRecord(stored);
    if (record === null || record.actor !== actor) return { records, next: null };
    records.push({ position, body: record.body });
    position = record.before;
  }
  return { records, next: position > 0 ? position : null };
}
