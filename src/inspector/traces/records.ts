import { readRecord, type TracedRecord, trailRecords } from '../../engine/actor-index/trace.ts';
import { parseActorKey } from '../../engine/address.ts';
import type { EngineInside } from '../../engine/engine.ts';

/** Records of one actor that are looked through where the index has nothing. */
const TRAIL_MAX = 100;

export interface TraceRecords {
  readonly records: readonly TracedRecord[];
  readonly isCut: boolean;
  /** The index has something of it; otherwise they are of one actor alone. */
  readonly isIndexed: boolean;
}

/**
 * What was recorded under a correlation id.
 * @param at position of a step of it, from which to begin where the index has nothing
 * @throws StoreUnavailable
 */
export async function recordsOf(
  inside: Pick<EngineInside, 'actorIndex' | 'store'>,
  correlationId: string,
  at: string | null,
): Promise<TraceRecords> {
  const { records, isCut } = await inside.actorIndex.trace(correlationId);
  const isIndexed = records.length > 0;
  if (isIndexed || at === null) return { records, isCut, isIndexed };
  return { records: await around(inside, correlationId, at), isCut, isIndexed };
}

/** Steps of the actor of a step, of the same trace: those near it, and its last ones. */
async function around(
  { store }: Pick<EngineInside, 'store'>,
  correlationId: string,
  at: string,
): Promise<readonly TracedRecord[]> {
  const [partition = 0, position = 0] = at.split(':').map(Number);
  if (partition >= store.partitions) return [];
  const first = await readRecord(store, partition, position);
  const actor = first && parseActorKey(first.record.actor);
  if (!actor || first.record.correlationId !== correlationId) return [];
  const trails = await Promise.all(
    [position, null].map((from) => store.trail(actor, from, TRAIL_MAX)),
  );
  const records = trails.flatMap((trail) => trailRecords(trail, partition));
  const byPosition = new Map([first, ...records].map((each) => [each.position, each]));
  return [...byPosition.values()].filter(({ record }) => record.correlationId === correlationId);
}
