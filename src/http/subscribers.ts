import type { Engine } from '../engine/engine.ts';
import type { PageCheck } from './auth/foreign-page.ts';
import { readBody } from './body.ts';
import type { SecuredHandler } from './context.ts';
import { refuseSearch } from './faults.ts';
import { HTTP_LIMITS } from './limits.ts';
import { Refusal } from './problem.ts';
import { readResponse } from './reading.ts';

export const SUBSCRIBERS_ROUTE = '/v1/subscribers';
export const REMOVE_SUBSCRIBER_ROUTE = '/v1/subscribers/:name/remove';

/** `GET /v1/subscribers`: all whom the feed is kept for. */
export function subscribersHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    refuseSearch(context.env.incoming);
    return readResponse({ items: await engine.subscribers() });
  };
}

/** `POST /v1/subscribers/{name}/remove`: of one who is gone. What a body says does not matter. */
export function removeSubscriberHandler(engine: Engine, checkPage: PageCheck): SecuredHandler {
  return async (context) => {
    const { incoming } = context.env;
    checkPage(incoming);
    await readBody(incoming, HTTP_LIMITS.commandBytesMax);
    refuseSearch(incoming);
    switch (await engine.removeSubscriber(context.req.param('name') ?? '')) {
      case 'removed':
        return readResponse({ status: 'removed' });
      case 'in_use':
        throw new Refusal('rejected', 'The app has this subscriber');
      case 'unknown':
        throw new Refusal('not_found', 'There is no such subscriber');
    }
  };
}
