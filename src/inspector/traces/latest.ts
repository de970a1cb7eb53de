import { parseActorKey } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { parseRecord, positionToken } from '../../engine/record.ts';
import type { FeedRecord } from '../../engine/work-store.ts';
import { stepOf } from '../actor/history.ts';
import type { Masking } from '../mask.ts';
import type { LatestTraces, TraceBeginning } from '../protocol.ts';

/** Traces that are told of. */
const TRACES_MAX = 50;
/** Records that are looked through, over all partitions; of each so many at least. */
const RECORDS_MAX = 400;
const PARTITION_RECORDS_MIN = 4;

/**
 * The latest traces, by their commands from outside, newest first: those found among the last records
 * of each partition. So one that a busy partition recorded may be left out, and nothing is read but
 * the ends of the feeds. @throws StoreUnavailable
 */
export async function readLatest(
  { store }: Pick<EngineInside, 'store'>,
  byType: ReadonlyMap<string, AggregateRuntime>,
  masking: Masking,
): Promise<LatestTraces> {
  const count = Math.max(PARTITION_RECORDS_MIN, Math.ceil(RECORDS_MAX / store.partitions));
  const heads = await store.heads();
  const ends = heads.map(async (head, partition) => {
    const records =
      head === 0 ? [] : await store.readFeed(partition, Math.max(0, head - count), count);
    return records.flatMap((record) => beginningOf(byType, partition, record, masking) ?? []);
  });
  const all = (await Promise.all(ends)).flat();
  all.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  // Where a client sent several commands under one id, the newest stands for them.
  const byId = new Map<string, TraceBeginning>();
  for (const each of all) if (!byId.has(each.correlationId)) byId.set(each.correlationId, each);
  return { items: [...byId.values()].slice(0, TRACES_MAX) };
}

/** `null` for what a policy sent, and what an actor did that this code does not know. */
function beginningOf(
  byType: ReadonlyMap<string, AggregateRuntime>,
  partition: number,
  { position, body }: FeedRecord,
  masking: Masking,
): TraceBeginning | null {
  const record = parseRecord(body);
  const actor = parseActorKey(record.actor);
  const aggregate = actor && byType.get(actor.type);
  if (!aggregate) return null;
  const step = stepOf(aggregate, positionToken(partition, position), record, masking);
  if (step.policy !== null) return null;
  const { correlationId, command, at, outcome, principal } = step;
  return { correlationId, position: step.position, actor, command, at, outcome, principal };
}
