import { z } from 'zod';
import type { QueryDefinition } from '../define/index.ts';
import type { Engine } from '../engine/engine.ts';
import type { SecuredHandler, Serving } from './context.ts';
import { cloudTrailItem, wantsCloudEvents } from './events/cloud-events.ts';
import { faultStatus } from './fault-response.ts';
import { minPosition, untilVisible } from './min-position.ts';
import {
  cursorSchema,
  limitSchema,
  nothingThere,
  pageBody,
  readResponse,
  readSearch,
  withCursor,
} from './reading.ts';

/** A query's route as the router writes it: `/v1/orders/{id}` → `/v1/orders/:id`. */
export function queryRoute(query: QueryDefinition): string {
  return query.route.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** `GET` of a query's route: what the app's definition reads. */
export function queryHandler(serving: Serving, query: QueryDefinition): SecuredHandler {
  const { meters } = serving;
  const read = reading(serving, query);
  return async (context, principal) => {
    try {
      const response = await read(context, principal);
      meters.queried(query.name, response.status);
      return response;
    } catch (error) {
      meters.queried(query.name, faultStatus(error));
      throw error;
    }
  };
}

function reading({ engine, stopping }: Serving, query: QueryDefinition): SecuredHandler {
  return async (context) => {
    // A path that cannot name anything names nothing.
    const params = query.params.safeParse(context.req.param());
    if (!params.success) throw nothingThere();
    const asked = minPosition(context.env.incoming);
    const search = readSearch(context.env.incoming, query.search);
    const input = { params: params.data, search };
    await untilVisible(engine, asked, stopping);
    return readResponse(await withCursor('cursor', () => engine.query(query, input)));
  };
}

export const TRAIL_ROUTE = '/v1/actors/:type/:id/events';

export const trailSearch = z.strictObject({ limit: limitSchema, before: cursorSchema.optional() });

/** `GET /v1/actors/{type}/{id}/events`: an actor's trail, newest first. */
export function trailHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    const type = context.req.param('type') ?? '';
    const id = context.req.param('id') ?? '';
    if (!engine.app.aggregates.has(type)) throw nothingThere();
    const { limit, before = null } = readSearch(context.env.incoming, trailSearch);
    const page = await withCursor('before', () => engine.trail({ type, id }, { limit, before }));
    if (!page) throw nothingThere();
    const isCloud = wantsCloudEvents(context.env.incoming);
    const items = isCloud ? page.items.map(cloudTrailItem) : page.items;
    return readResponse({
      ...pageBody({ items, next: page.next }),
      ...(page.isTrimmed && { trimmed: true }),
    });
  };
}
