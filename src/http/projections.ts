import type { IncomingMessage } from 'node:http';
import type { Engine } from '../engine/engine.ts';
import type { PageCheck } from './auth/foreign-page.ts';
import { readBody } from './body.ts';
import type { SecuredHandler } from './context.ts';
import { refuseSearch } from './faults.ts';
import { HTTP_LIMITS } from './limits.ts';
import { Refusal } from './problem.ts';
import { readResponse } from './reading.ts';
import { READ_HEADERS } from './reply.ts';

export const PROJECTIONS_ROUTE = '/v1/projections';
export const REBUILD_ROUTE = '/v1/projections/:name/rebuild';
export const ABANDON_ROUTE = '/v1/projections/:name/rebuild/abandon';

/** `GET /v1/projections`: how the read models fare, and how far those are that are made anew. */
export function projectionsHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    refuseSearch(context.env.incoming);
    const { projections } = await engine.policies();
    return readResponse({ items: projections });
  };
}

/** `POST /v1/projections/{name}/rebuild`. What a body says does not matter. */
export function rebuildHandler(engine: Engine, checkPage: PageCheck): SecuredHandler {
  return async (context) => {
    await readWord(context.env.incoming, checkPage);
    const answer = await engine.rebuild(context.req.param('name') ?? '');
    switch (answer) {
      case 'started':
        return new Response(JSON.stringify({ status: answer }), {
          status: 202,
          headers: READ_HEADERS,
        });
      case 'under_way':
        return readResponse({ status: answer });
      case 'trimmed':
        throw new Refusal(
          'rejected',
          'Part of the history was trimmed: a read model made from what is left would lack it',
        );
      case 'newer':
        throw new Refusal(
          'rejected',
          'A newer version than this node has made the read model, or makes it now: ask a node that has it',
        );
      case 'unknown':
        throw noProjection();
    }
  };
}

/** `POST /v1/projections/{name}/rebuild/abandon`. What a body says does not matter. */
export function abandonHandler(engine: Engine, checkPage: PageCheck): SecuredHandler {
  return async (context) => {
    await readWord(context.env.incoming, checkPage);
    const answer = await engine.abandonRebuild(context.req.param('name') ?? '');
    if (answer === 'unknown') throw noProjection();
    return readResponse({ status: answer });
  };
}

/** @throws Refusal where a request may not or can not say anything here */
async function readWord(incoming: IncomingMessage, checkPage: PageCheck): Promise<void> {
  checkPage(incoming);
  await readBody(incoming, HTTP_LIMITS.commandBytesMax);
  refuseSearch(incoming);
}

function noProjection(): Refusal {
  return new Refusal('not_found', 'There is no such projection');
}
