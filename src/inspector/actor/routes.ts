import type { Context } from 'hono';
import { z } from 'zod';
import { actorKey, partitionOf } from '../../engine/address.ts';
import type { EngineInside } from '../../engine/engine.ts';
import type { HttpEnv, Services } from '../../http/context.ts';
import { badSearch, refuseSearch } from '../../http/faults.ts';
import { nothingThere, readResponse, readSearch } from '../../http/reading.ts';
import { aggregatesByType } from '../aggregates.ts';
import { type Masking, maskingOf } from '../mask.ts';
import { API_PATH, HISTORY_STEPS_MAX } from '../protocol.ts';
import type { InspectorRoute } from '../routes.ts';
import { readStepCause } from '../traces/step-cause.ts';
import { readActorUnderWay } from '../under-way/actor.ts';
import { readDetail } from './detail.ts';
import { type HistoryOf, positionSchema, readPages, readSteps } from './history.ts';
import { readPast } from './past.ts';

const ACTOR = `${API_PATH}/actors/:type/:id`;

const pagesSearch = z.strictObject({ from: positionSchema.optional() });
const stepsSearch = z.strictObject({
  from: positionSchema.optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'Not a number')
    .transform(Number)
    .pipe(z.int().max(HISTORY_STEPS_MAX))
    .default(HISTORY_STEPS_MAX),
});

/** One actor: as it is, what it did, and as it was. */
export function actorRoutes(services: Services): readonly InspectorRoute[] {
  const masking = maskingOf(services);
  const { inside } = services.engine;
  const { store } = inside;
  const byType = aggregatesByType(inside);
  const named = (context: Context<HttpEnv>): HistoryOf => {
    const { type = '', id = '' } = context.req.param();
    const aggregate = byType.get(type);
    if (!aggregate) throw nothingThere();
    return { store, aggregate, actor: { type, id } };
  };
  return [
    [
      'get',
      ACTOR,
      async (context) => {
        refuseSearch(context.env.incoming);
        const { aggregate, actor } = named(context);
        return readResponse(await readDetail(store, aggregate, actor, masking));
      },
    ],
    [
      'get',
      `${ACTOR}/history`,
      async (context) => {
        const of = named(context);
        const { from, limit } = readSearch(context.env.incoming, stepsSearch);
        const start = startOf(of, from);
        return found(await readSteps(of, start, limit, masking), start);
      },
    ],
    [
      'get',
      `${ACTOR}/history/pages`,
      async (context) => {
        const of = named(context);
        const start = startOf(of, readSearch(context.env.incoming, pagesSearch).from);
        return found(await readPages(of, start), start);
      },
    ],
    [
      'get',
      `${ACTOR}/at/:position`,
      async (context) => {
        refuseSearch(context.env.incoming);
        const of = named(context);
        const token = positionSchema.safeParse(context.req.param('position'));
        const position = token.success ? positionOf(of, token.data) : null;
        if (!token.success || position === null) throw nothingThere();
        return readResponse(await readPast(of, position, token.data, masking));
      },
    ],
    ...furtherRoutes(inside, masking, named),
  ];
}

/** What led to its steps, and what they led to that has not come to its end. */
function furtherRoutes(
  inside: EngineInside,
  masking: Masking,
  named: (context: Context<HttpEnv>) => HistoryOf,
): readonly InspectorRoute[] {
  return [
    [
      'get',
      `${ACTOR}/at/:position/cause`,
      async (context) => {
        refuseSearch(context.env.incoming);
        const of = named(context);
        const token = positionSchema.safeParse(context.req.param('position'));
        const position = token.success ? positionOf(of, token.data) : null;
        if (position === null) throw nothingThere();
        const key = actorKey(of.actor);
        const partition = partitionOf(key, of.store.partitions);
        return readResponse(await readStepCause(inside, key, partition, position, masking));
      },
    ],
    [
      'get',
      `${ACTOR}/under-way`,
      async (context) => {
        refuseSearch(context.env.incoming);
        return readResponse(await readActorUnderWay(inside, named(context), masking));
      },
    ],
  ];
}

/** The place in the actor's feed that a token names; `null`: it names one of another feed. */
function positionOf({ store, actor }: HistoryOf, token: string): number | null {
  const [partition = '', position = ''] = token.split(':');
  const own = partitionOf(actorKey(actor), store.partitions);
  return Number(partition) === own ? Number(position) : null;
}

function startOf(of: HistoryOf, from: string | undefined): number | null {
  if (from === undefined) return null;
  const position = positionOf(of, from);
  if (position === null) throw noStepThere();
  return position;
}

function found(body: object | null, from: number | null): Response {
  if (body === null && from !== null) throw noStepThere();
  return readResponse(body);
}

function noStepThere() {
  return badSearch([{ field: 'from', message: 'The actor has no step there' }]);
}
