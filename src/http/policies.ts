import type { Engine } from '../engine/engine.ts';
import type { PageCheck } from './auth/foreign-page.ts';
import { readBody } from './body.ts';
import type { SecuredHandler } from './context.ts';
import { refuseSearch } from './faults.ts';
import { HTTP_LIMITS } from './limits.ts';
import { Refusal } from './problem.ts';
import { pageBody, pageSearch, readResponse, readSearch, withCursor } from './reading.ts';
import { READ_HEADERS } from './reply.ts';

export const POLICIES_ROUTE = '/v1/policies';
export const INSTANCES_ROUTE = '/v1/policies/:name/instances';
export const DEAD_LETTERS_ROUTE = '/v1/dead-letters';
export const RETRY_ROUTE = '/v1/dead-letters/:id/retry';
export const DISCARD_ROUTE = '/v1/dead-letters/:id/discard';

/** `GET /v1/policies`: how policies and projections fare, over all nodes. */
export function policiesHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    refuseSearch(context.env.incoming);
    return readResponse(await engine.policies());
  };
}

/** `GET /v1/policies/{name}/instances`: what a policy is in the middle of. */
export function instancesHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    const name = context.req.param('name') ?? '';
    const { limit, cursor = null } = readSearch(context.env.incoming, pageSearch);
    const page = await withCursor('cursor', () => engine.instances(name, { limit, cursor }));
    return readResponse(pageBody(page));
  };
}

/** `GET /v1/dead-letters`: the parked messages of all policies. */
export function deadLettersHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    const { limit, cursor = null } = readSearch(context.env.incoming, pageSearch);
    const page = await withCursor('cursor', () => engine.deadLetters({ limit, cursor }));
    return readResponse(pageBody(page));
  };
}

/** What becomes of a dead letter: the word of the route, and of the answer. */
const SETTLED = { retry: 'retried', discard: 'discarded' } as const;

/** `POST /v1/dead-letters/{id}/retry` and `/discard`. What a body says does not matter. */
export function settleHandler(
  engine: Engine,
  how: keyof typeof SETTLED,
  checkPage: PageCheck,
): SecuredHandler {
  return async (context) => {
    const { incoming } = context.env;
    checkPage(incoming);
    await readBody(incoming, HTTP_LIMITS.commandBytesMax);
    refuseSearch(incoming);
    const id = context.req.param('id') ?? '';
    const answer = await (how === 'retry'
      ? engine.retryDeadLetter(id)
      : engine.discardDeadLetter(id));
    switch (answer) {
      case 'done':
        return settledResponse(200, SETTLED[how]);
      case 'pending':
        return settledResponse(202, 'pending');
      case 'unknown':
        throw new Refusal('not_found', 'There is no such dead letter');
    }
  };
}

function settledResponse(httpStatus: 200 | 202, status: string): Response {
  return new Response(JSON.stringify({ status }), { status: httpStatus, headers: READ_HEADERS });
}
