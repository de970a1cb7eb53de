import { z } from 'zod';
import { readRecord, type TracedRecord } from '../../engine/actor-index/trace.ts';
import { parseActorKey } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { parseRecord, positionToken } from '../../engine/record.ts';
import type { Services } from '../../http/context.ts';
import { badSearch, refuseSearch } from '../../http/faults.ts';
import { readResponse, readSearch } from '../../http/reading.ts';
import { stepOf } from '../actor/history.ts';
import { type Masking, maskingOf } from '../mask.ts';
import { API_PATH, type Trace, type TraceStep } from '../protocol.ts';
import type { InspectorRoute } from '../routes.ts';
import { causesOf, policyOf } from './causes.ts';
import { readLatest } from './latest.ts';
import { inOrder } from './order.ts';
import { pendingOf } from './pending.ts';

/** Records of one actor that are looked through where the index has nothing. */
const TRAIL_MAX = 100;

const search = z.strictObject({
  at: z
    .string()
    .regex(/^\d{1,9}:[1-9]\d{0,14}$/, 'Not a position')
    .optional(),
});
const correlationSchema = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'Not a correlation id');

/** What was recorded under correlation ids: of late, and under one. */
export function traceRoutes(services: Services): readonly InspectorRoute[] {
  const { inside } = services.engine;
  const masking = maskingOf(services);
  const byType = new Map(
    Array.from(inside.aggregates.values(), (each) => [each.definition.type, each]),
  );
  return [
    [
      'get',
      `${API_PATH}/traces`,
      async ({ env: { incoming } }) => {
        refuseSearch(incoming);
        return readResponse(await readLatest(inside, byType, masking));
      },
    ],
    [
      'get',
      `${API_PATH}/traces/:correlationId`,
      async ({ req, env: { incoming } }) => {
        const { at = null } = readSearch(incoming, search);
        const id = correlationSchema.safeParse(req.param('correlationId'));
        if (!id.success) {
          throw badSearch([{ field: 'correlationId', message: 'Not a correlation id' }]);
        }
        return readResponse(await readTrace({ inside, byType, masking }, id.data, at));
      },
    ],
  ];
}

/** What a trace is read with. */
interface TraceTools {
  readonly inside: EngineInside;
  readonly byType: ReadonlyMap<string, AggregateRuntime>;
  readonly masking: Masking;
}

/** @throws StoreUnavailable */
async function readTrace(
  tools: TraceTools,
  correlationId: string,
  at: string | null,
): Promise<Trace> {
  const { inside, masking } = tools;
  const { actorIndex } = inside;
  await actorIndex.want();
  const [found, pending, standing] = await Promise.all([
    actorIndex.trace(correlationId),
    pendingOf(inside, correlationId, masking),
    actorIndex.standing(),
  ]);
  const isIndexed = found.records.length > 0;
  const records =
    isIndexed || at === null ? found.records : await around(inside, correlationId, at);
  const causes = causesOf(inside, records);
  const steps = records.flatMap((each) => traceStep(tools, causes, each) ?? []);
  return {
    correlationId,
    steps: inOrder(steps),
    pending,
    // What this code has no type for, it cannot show.
    isCut: found.isCut || steps.length < records.length,
    isIndexed,
    index: { lag: standing.lag, isBeginning: standing.isListing },
  };
}

/** Steps of the actor of a step, of the same trace: those near it, and its last ones. */
async function around(
  { store }: EngineInside,
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
  const records = trails.flatMap((trail) =>
    trail.records.map((each) => ({
      partition,
      position: each.position,
      record: parseRecord(each.body),
    })),
  );
  const byPosition = new Map([first, ...records].map((each) => [each.position, each]));
  return [...byPosition.values()].filter(({ record }) => record.correlationId === correlationId);
}

function traceStep(
  { byType, masking }: TraceTools,
  causes: ReadonlyMap<string, string>,
  { partition, position, record }: TracedRecord,
): TraceStep | null {
  const actor = parseActorKey(record.actor);
  const aggregate = actor && byType.get(actor.type);
  if (!aggregate) return null;
  const token = positionToken(partition, position);
  const step = stepOf(aggregate, token, record, masking);
  const { correlationId: _, events: __, ...shown } = step;
  const policy = policyOf(record.principal);
  const reason = reasonOf(record.events.map(({ data }) => data));
  return {
    ...shown,
    actor,
    policy,
    cause: policy === null ? null : (causes.get(record.commandId) ?? null),
    reason: step.outcome === 'rejected' && reason !== null ? masking.text(reason, record) : null,
    events: record.events.map(({ type }, index) => ({ id: `${record.commandId}.${index}`, type })),
  };
}

/** What a refusal's event says of why. */
function reasonOf(data: readonly unknown[]): string | null {
  const withReason = z.object({ reason: z.string() });
  for (const each of data) {
    const found = withReason.safeParse(each);
    if (found.success) return found.data.reason;
  }
  return null;
}
