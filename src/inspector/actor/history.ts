import { z } from 'zod';
import { type Address, actorKey, partitionOf } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import { policyOf } from '../../engine/background/principal.ts';
import { type CommitRecord, parseRecord, positionToken } from '../../engine/record.ts';
import type { ActorRow, Store, Trail } from '../../engine/store.ts';
import type { Masking } from '../mask.ts';
import {
  HISTORY_STEPS_MAX,
  type HistoryPage,
  type HistoryPages,
  type HistoryStep,
} from '../protocol.ts';

/** Pages that one request looks for: so many records are read for it. */
const PAGES_MAX = 20;
/** How often it is read again where the actor changed between two reads. */
const READS_MAX = 3;

/** A position, as the page names one: `partition:position`. */
export const positionSchema = z.string().regex(/^\d{1,9}:[1-9]\d{0,14}$/, 'Not a position');

/** Whose history is read. */
export interface HistoryOf {
  readonly store: Store;
  readonly aggregate: AggregateRuntime;
  readonly actor: Address;
}

/**
 * A page of an actor's steps.
 * @param from position of the newest step on it; `null`: the newest of all
 * @returns `null` where there is none at `from`, or at all
 * @throws StoreUnavailable
 */
export async function readSteps(
  { store, aggregate, actor }: HistoryOf,
  from: number | null,
  limit: number,
  masking: Masking,
): Promise<HistoryPage | null> {
  const { trail, total } =
    from === null
      ? await readNewest(store, actor, limit)
      : { trail: await store.trail(actor, from, limit), total: null };
  const { records, next, isTrimmed } = trail;
  if (records.length === 0 && !isTrimmed) return null;
  const partition = partitionOf(actorKey(actor), store.partitions);
  return {
    steps: records.map(({ position, body }) =>
      stepOf(aggregate, positionToken(partition, position), parseRecord(body), masking),
    ),
    next: next === null ? null : positionToken(partition, next),
    isTrimmed,
    total,
  };
}

/** The newest records, and how many the actor has. They are read one after the other. */
async function readNewest(
  store: Store,
  actor: Address,
  limit: number,
): Promise<{ readonly trail: Trail; readonly total: number | null }> {
  const request = { pointers: [], views: [], entries: [], sizes: [] };
  for (let reads = 1; ; reads++) {
    const trail = await store.trail(actor, null, limit);
    const { actor: row } = await store.fetch({ ...request, actor });
    const newest = trail.records[0]?.position;
    const total = newest === undefined ? null : countAt(row, newest);
    if (newest === undefined || total !== null || reads === READS_MAX) return { trail, total };
  }
}

/** How many records the actor had after the one at `position`, which was its last. */
function countAt(row: ActorRow | null, position: number): number | null {
  return row?.recent.find((turn) => turn.position <= position)?.records ?? null;
}

/**
 * Where pages of an actor's history begin, from one on.
 * @returns `null` where there is no step at `from`, or at all
 * @throws StoreUnavailable
 */
export async function readPages(
  { store, actor }: HistoryOf,
  from: number | null,
): Promise<HistoryPages | null> {
  const partition = partitionOf(actorKey(actor), store.partitions);
  const starts: string[] = [];
  let lastSteps = 0;
  for (let at = from; ; ) {
    const { records, next, isTrimmed } = await store.trail(actor, at, HISTORY_STEPS_MAX);
    const [first] = records;
    if (!first && !isTrimmed && starts.length === 0) return null;
    if (first) {
      starts.push(positionToken(partition, first.position));
      lastSteps = records.length;
    }
    if (next === null) return { starts, next: null, lastSteps, isTrimmed };
    if (starts.length === PAGES_MAX) {
      return { starts, next: positionToken(partition, next), lastSteps, isTrimmed };
    }
    at = next;
  }
}

/** A record as a step that is shown. */
export function stepOf(
  { definition }: AggregateRuntime,
  position: string,
  record: CommitRecord,
  masking: Masking,
): HistoryStep {
  const { version, commandId, command, at, events, correlationId, principal } = record;
  const isRefusal = events.some(({ type }) => {
    const known = Object.hasOwn(definition.events, type) && definition.events[type];
    return known !== false && known?.rejection === true;
  });
  return {
    position,
    version,
    commandId,
    command: command.type,
    at,
    outcome: isRefusal ? 'rejected' : 'accepted',
    events: events.map(({ type }) => type),
    correlationId,
    principal: masking.text(principal, record),
    policy: policyOf(principal),
  };
}
