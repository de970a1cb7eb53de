import { type ActorKey, type Address, actorKey, partitionOf } from '../../engine/address.ts';
import type { Trail } from '../../engine/store.ts';
import type { FeedRecord, LookedAtActor } from '../../engine/work-store.ts';
import { readActor, readState } from './actor.ts';
import type { Decision, Lookup, Reader, Write } from './backing.ts';
import { keys, parsePosition, ranges } from './keys.ts';
import { readWork } from './partition-work.ts';

/** How many records one step removes at most: some milliseconds. */
const TRIM_RECORDS_MAX = 1_000;

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

/** The position of the last record that was trimmed; 0: none was. */
export function readTrimmed(reader: Lookup, partition: number): number {
  return Number(reader.get(keys.trimmed(partition)) ?? 0);
}

/** Removes the oldest records, so many at most and none that a subscriber has not passed. */
export function decideTrim(reader: Lookup, partition: number, through: number): Decision<number> {
  const trimmed = readTrimmed(reader, partition);
  const passed = readWork(reader, partition).checkpoints.values();
  const head = readHead(reader, partition);
  const last = Math.min(through, head, trimmed + TRIM_RECORDS_MAX, ...passed);
  if (last <= trimmed) return { reply: trimmed, writes: [] };
  const writes = Array.from(
    { length: last - trimmed },
    (_, index): Write => [keys.record(partition, trimmed + 1 + index), null],
  );
  return { reply: last, writes: [...writes, [keys.trimmed(partition), String(last)]] };
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

/** An actor's state and, where that is asked for, its newest record. */
export function lookAtActor(
  reader: Lookup,
  partition: number,
  actor: ActorKey,
  withRecord: boolean,
): LookedAtActor {
  const stored = reader.get(keys.actor(actor));
  if (stored === null) return { state: null, record: null };
  if (!withRecord) return { state: readState(stored), record: null };
  const { state, lastRecord } = readActor(stored);
  const last = reader.get(keys.record(partition, lastRecord));
  const record = last === null ? null : readRecord(last);
  return { state, record: record?.actor === actor ? record.body : null };
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
  const trimmed = readTrimmed(reader, partition);
  const records: Trail['records'][number][] = [];
  while (position > 0 && records.length < limit) {
    const stored = reader.get(keys.record(partition, position));
    const record = stored === null ? null : readRecord(stored);
    if (record === null || record.actor !== actor) {
      return { records, next: null, isTrimmed: position <= trimmed };
    }
    const { body, snapshot } = record;
    records.push(snapshot === null ? { position, body } : { position, body, snapshot });
    position = record.before;
  }
  const isTrimmed = position > 0 && position <= trimmed;
  return { records, next: position > trimmed ? position : null, isTrimmed };
}
