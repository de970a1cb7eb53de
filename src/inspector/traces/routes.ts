import { z } from 'zod';
import type { TracedRecord } from '../../engine/actor-index/trace.ts';
import { parseActorKey } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { eventId, positionToken } from '../../engine/record.ts';
import type { Services } from '../../http/context.ts';
import { badSearch, refuseSearch } from '../../http/faults.ts';
import { readResponse, readSearch } from '../../http/reading.ts';
import { positionSchema, stepOf } from '../actor/history.ts';
import { aggregatesByType } from '../aggregates.ts';
import { type Masking, maskingOf } from '../mask.ts';
import { API_PATH, type Trace, type TraceStep } from '../protocol.ts';
import type { InspectorRoute } from '../routes.ts';
import { lookThrough } from '../under-way/look.ts';
import { rememberingCauses, type Sender } from './causes.ts';
import { readLatest } from './latest.ts';
import { inOrder } from './order.ts';
import { recordsOf } from './records.ts';

const search = z.strictObject({ at: positionSchema.optional() });
const correlationSchema = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'Not a correlation id');

/** What was recorded under correlation ids: of late, and under one. */
export function traceRoutes(services: Services): readonly InspectorRoute[] {
  const { inside } = services.engine;
  const masking = maskingOf(services);
  const byType = aggregatesByType(inside);
  const causesOf = rememberingCauses(inside);
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
        return readResponse(await readTrace({ inside, byType, causesOf, masking }, id.data, at));
      },
    ],
  ];
}

/** What a trace is read with. */
interface TraceTools {
  readonly inside: EngineInside;
  readonly byType: ReadonlyMap<string, AggregateRuntime>;
  readonly causesOf: ReturnType<typeof rememberingCauses>;
  readonly masking: Masking;
}

/** @throws StoreUnavailable */
async function readTrace(
  tools: TraceTools,
  correlationId: string,
  at: string | null,
): Promise<Trace> {
  const { inside, causesOf, masking } = tools;
  const { actorIndex } = inside;
  await actorIndex.want();
  const [found, underWay, standing] = await Promise.all([
    recordsOf(inside, correlationId, at),
    lookThrough(
      inside,
      masking,
      ({ item }) => item.correlationId === correlationId,
      JSON.stringify(correlationId),
    ),
    actorIndex.standing(),
  ]);
  const causes = causesOf(found.records);
  const steps = found.records.flatMap((each) => traceStep(tools, causes, each) ?? []);
  return {
    correlationId,
    steps: inOrder(steps),
    pending: underWay.items,
    // What this code has no type for, it cannot show.
    isCut: found.isCut || underWay.isCut || steps.length < found.records.length,
    isIndexed: found.isIndexed,
    index: { lag: standing.lag, isBeginning: standing.isListing },
  };
}

function traceStep(
  { byType, masking }: TraceTools,
  causes: ReadonlyMap<string, Sender>,
  { partition, position, record }: TracedRecord,
): TraceStep | null {
  const actor = parseActorKey(record.actor);
  const aggregate = actor && byType.get(actor.type);
  if (!aggregate) return null;
  const token = positionToken(partition, position);
  const step = stepOf(aggregate, token, record, masking);
  const { correlationId: _, events: __, ...shown } = step;
  const reason = reasonOf(record.events.map(({ data }) => data));
  return {
    ...shown,
    actor,
    cause: step.policy === null ? null : (causes.get(record.commandId)?.event ?? null),
    reason: step.outcome === 'rejected' && reason !== null ? masking.text(reason, record) : null,
    events: record.events.map(({ type }, index) => ({
      id: eventId(record.commandId, index),
      type,
    })),
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
