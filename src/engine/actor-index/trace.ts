import { partitionsOf } from '../partitions.ts';
import { type CommitRecord, parseRecord } from '../record.ts';
import type { Store, Trail } from '../store.ts';
import { endsOf, POSITIONS_MAX, read, TRACES } from './tables.ts';

/** A record of a trace, and where it stands. */
export interface TracedRecord {
  readonly partition: number;
  readonly position: number;
  readonly record: CommitRecord;
}

export interface FoundTrace {
  /** By when they were recorded. */
  readonly records: readonly TracedRecord[];
  /** There may be more of them. */
  readonly isCut: boolean;
}

/** Records of one trace that are read: of each partition that has some an equal share. */
const RECORDS_MAX = 500;

/** The records of a correlation id that the index has, and that are still there. @throws StoreUnavailable */
export async function findTrace(store: Store, correlationId: string): Promise<FoundTrace> {
  const bodies = await Promise.all(
    partitionsOf(store).map((partition) => store.rows(partition, TRACES, [correlationId])),
  );
  const places = bodies.map(([body = null]) => (body === null ? [] : read.positions(body)));
  const isFull = places.some((positions) => positions.length >= POSITIONS_MAX);
  const count = places.reduce((sum, { length }) => sum + length, 0);
  const filled = places.filter(({ length }) => length > 0).length;
  const share = count <= RECORDS_MAX ? count : Math.max(1, Math.floor(RECORDS_MAX / filled));
  const records = await Promise.all(
    places.flatMap((positions, partition) =>
      endsOf(positions, share).map((position) => readRecord(store, partition, position)),
    ),
  );
  const kept = records.filter((each) => each?.record.correlationId === correlationId);
  return {
    records: kept.filter((each) => each !== null).sort(byTime),
    isCut: isFull || count > RECORDS_MAX,
  };
}

/** A record; `null` where it is not there, or no longer. @throws StoreUnavailable */
export async function readRecord(
  store: Store,
  partition: number,
  position: number,
): Promise<TracedRecord | null> {
  const [found] = await store.readFeed(partition, position - 1, 1);
  if (found?.position !== position) return null;
  return { partition, position, record: parseRecord(found.body) };
}

function byTime(a: TracedRecord, b: TracedRecord): number {
  const times = Date.parse(a.record.at) - Date.parse(b.record.at);
  return times || a.partition - b.partition || a.position - b.position;
}

/** The records of a trail, as those of traces are told. @param partition where its actor lives */
export function trailRecords(
  { records }: Pick<Trail, 'records'>,
  partition: number,
): readonly TracedRecord[] {
  return records.map(({ position, body }) => ({ partition, position, record: parseRecord(body) }));
}
