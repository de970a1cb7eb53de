import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { BadCursorError, type QueryDefinition } from '../define/index.ts';
import type { Engine } from '../engine/engine.ts';
import type { SecuredHandler } from './context.ts';
import { badSearch, fieldFaults } from './faults.ts';
import { HTTP_LIMITS } from './limits.ts';
import { type FieldFault, Refusal } from './problem.ts';
import { READ_HEADERS } from './reply.ts';

/** A query's route as the router writes it: `/v1/orders/{id}` → `/v1/orders/:id`. */
export function queryRoute(query: QueryDefinition): string {
  return query.route.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** `GET` of a query's route: what the app's definition reads. */
export function queryHandler(engine: Engine, query: QueryDefinition): SecuredHandler {
  return async (context) => {
    // A path that cannot name anything names nothing.
    const params = query.params.safeParse(context.req.param());
    if (!params.success) throw nothingThere();
    const search = readSearch(context.env.incoming, query.search);
    const input = { params: params.data, search };
    return readResponse(await withCursor('cursor', () => engine.query(query, input)));
  };
}

export const TRAIL_ROUTE = '/v1/actors/:type/:id/events';

export const trailSearch = z.strictObject({
  limit: z
    .preprocess(
      (raw) => (typeof raw === 'string' && /^[1-9]\d{0,8}$/.test(raw) ? Number(raw) : raw),
      z.int().min(1).max(HTTP_LIMITS.trailItemsMax),
    )
    .default(HTTP_LIMITS.trailItemsDefault),
  before: z.string().min(1).max(512).optional(),
});

/** `GET /v1/actors/{type}/{id}/events`: an actor's trail, newest first. */
export function trailHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    const type = context.req.param('type') ?? '';
    const id = context.req.param('id') ?? '';
    if (!engine.app.aggregates.has(type)) throw nothingThere();
    const { limit, before = null } = readSearch(context.env.incoming, trailSearch);
    const page = await withCursor('before', () => engine.trail({ type, id }, { limit, before }));
    return readResponse(
      page && {
        items: page.items,
        ...(page.next !== null && { nextCursor: page.next }),
      },
    );
  };
}

function readResponse(body: unknown): Response {
  if (body === null) throw nothingThere();
  return new Response(JSON.stringify(body), { headers: READ_HEADERS });
}

/** @throws Refusal where the query has a cursor that no page gave out */
async function withCursor<T>(field: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BadCursorError)) throw error;
    throw badSearch([{ field, message: 'No page gave out this cursor' }]);
  }
}

/** @throws Refusal for parameters that are bad, unknown, given twice, or do not go together */
function readSearch<S extends z.ZodType>(incoming: IncomingMessage, schema: S): z.output<S> {
  const url = incoming.url ?? '';
  const question = url.indexOf('?');
  const search = new URLSearchParams(question === -1 ? '' : url.slice(question));
  const twice: FieldFault[] = [...new Set(search.keys())]
    .filter((name) => search.getAll(name).length > 1)
    .map((field) => ({ field, message: 'Given more than once' }));
  if (twice.length > 0) throw badSearch(twice);
  const parsed = schema.safeParse(Object.fromEntries(search));
  if (!parsed.success) throw badSearch(fieldFaults(parsed.error.issues));
  return parsed.data;
}

function nothingThere(): Refusal {
  return new Refusal('not_found', 'There is no such resource');
}
