import { z } from 'zod';
import type { SubscriberFigures } from '../../engine/engine.ts';
import { REMOVE_SUBSCRIBER_ROUTE, SUBSCRIBERS_ROUTE } from '../subscribers.ts';
import { type Components, ref } from './components.ts';
import { content, documentPath, type Paths, parameters, problems } from './operations.ts';

const subscriber = z.looseObject({
  name: z.string(),
  kind: z
    .enum(['policy', 'projection', 'gone'])
    .meta({ description: '`gone`: the app has none of that name.' }),
  lag: z.int().min(0).meta({ description: 'Records not passed.' }),
}) satisfies z.ZodType<SubscriberFigures>;

/** What `GET /v1/subscribers` answers. */
export const subscriberList = z.looseObject({ items: z.array(subscriber) });

/** Describes the routes that tell whom the feed is kept for, and remove one who is gone. */
export function describeSubscribers(replies: Components, paths: Paths): void {
  replies.named('SubscriberList', subscriberList);
  replies.named('Removed', z.looseObject({ status: z.literal('removed') }));
  paths[documentPath(SUBSCRIBERS_ROUTE)] = {
    get: {
      operationId: 'getSubscribers',
      tags: ['policies'],
      summary: 'All whom the feed is kept for: what one of them has not passed is not trimmed.',
      responses: {
        200: { description: 'As it is now.', content: content(ref('SubscriberList')) },
        ...problems(['validation_error', 'unavailable']),
      },
    },
  };
  paths[documentPath(REMOVE_SUBSCRIBER_ROUTE)] = {
    post: {
      operationId: 'removeSubscriber',
      tags: ['policies'],
      summary: 'Has nothing kept any more for one who is gone.',
      description: 'It needs no body. One whom the app has is not removed.',
      parameters: parameters('path', z.object({ name: z.string() })),
      responses: {
        200: { description: 'Done.', content: content(ref('Removed')) },
        ...problems([
          'rejected',
          'malformed_request',
          'not_found',
          'too_large',
          'validation_error',
          'unavailable',
        ]),
      },
    },
  };
}
