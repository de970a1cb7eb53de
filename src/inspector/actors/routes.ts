import { z } from 'zod';
import { isIn, type Search } from '../../engine/actor-index/search.ts';
import { OTHER_STATES } from '../../engine/actor-index/tables.ts';
import { decodeCursor, encodeCursor } from '../../engine/cursor.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Services } from '../../http/context.ts';
import { badSearch } from '../../http/faults.ts';
import { limitSchema, readResponse, readSearch, withCursor } from '../../http/reading.ts';
import { type ActorPage, API_PATH } from '../protocol.ts';
import type { InspectorRoute } from '../routes.ts';
import { type ActorQuery, BadQuery, parseQuery, QUERY_CHARS_MAX } from './query.ts';

/** The longest cursor, in characters: it names an actor and the query, and fits into an address. */
const CURSOR_CHARS_MAX = 12 * 1_024;

const search = z.strictObject({
  q: z.string().max(QUERY_CHARS_MAX).default(''),
  limit: limitSchema,
  cursor: z.string().min(1).max(CURSOR_CHARS_MAX).optional(),
});

const place = z.tuple([z.int().min(0), z.string()]);

/** All actors, as the index has them. */
export function actorListRoutes({ engine }: Services): readonly InspectorRoute[] {
  return [
    [
      'get',
      `${API_PATH}/actors`,
      async ({ env: { incoming } }) => {
        const { q, limit, cursor = null } = readSearch(incoming, search);
        const query = read(q, [...engine.app.aggregates.keys()]);
        const scope = `actors/${q}`;
        const after = await withCursor('cursor', async () => placeOf(cursor, scope));
        return readResponse(await pageOf(engine, { ...query, limit, after }, scope));
      },
    ],
  ];
}

function read(text: string, types: readonly string[]): ActorQuery {
  try {
    return parseQuery(text, types);
  } catch (error) {
    if (!(error instanceof BadQuery)) throw error;
    throw badSearch([{ field: 'q', message: error.message }]);
  }
}

/** @throws BadCursorError */
function placeOf(cursor: string | null, scope: string): Search['after'] {
  if (cursor === null) return null;
  const [order, key] = decodeCursor(cursor, scope, place);
  return { order, key };
}

/** @throws StoreUnavailable */
async function pageOf(engine: Engine, search: Search, scope: string): Promise<ActorPage> {
  const { actorIndex } = engine.inside;
  const [standing] = await Promise.all([actorIndex.standing(), actorIndex.want()]);
  const [{ items, next }, counts] = await Promise.all([
    actorIndex.search(search, standing),
    search.after ? null : actorIndex.counts(search.types, standing),
  ]);
  const isCounted = counts !== null && search.id === null && search.restMs === null;
  const matching = counts?.filter(({ state }) => isOf(state, search.state)) ?? [];
  const isSure = matching.every(({ state }) => search.state === null || state !== OTHER_STATES);
  return {
    items: items.map(({ at, ...actor }) => ({
      ...actor,
      lastAt: at === 0 ? null : new Date(at).toISOString(),
    })),
    nextCursor: next && encodeCursor(scope, [next.order, next.key]),
    total: isCounted && isSure ? matching.reduce((sum, { count }) => sum + count, 0) : null,
    counts,
    index: { lag: standing.lag, isBeginning: standing.isListing },
  };
}

function isOf(state: string, wanted: string | null): boolean {
  return wanted === null || state === OTHER_STATES || isIn(state, wanted);
}
