import { z } from 'zod';
import { EVENTS_ROUTE } from '../events/handler.ts';
import { MAILBOX_FULL_STATUS } from '../problem.ts';
import { content, documentPath, type Paths, parameters, problems } from './operations.ts';

const search = z.object({
  types: z.string().optional().meta({
    description: 'Event types, separated by commas; without it, all.',
  }),
  actor: z.string().optional().meta({
    description: 'The events of this actor alone, as `type:id`.',
  }),
});

const asked = z.object({
  'Last-Event-ID': z.string().optional().meta({
    description: 'The last id that came, or the position of an event: the stream goes on after it.',
  }),
});

/** How a gap looks. */
const GAP = 'event: gap\nid: AQEB\ndata: {"partition":12,"after":"12:4711","before":"12:5000"}\n\n';

/** Describes the live feed. */
export function describeFeed(paths: Paths): void {
  const { [MAILBOX_FULL_STATUS]: ofMailboxes, ...refusals } = problems([
    'malformed_request',
    'validation_error',
    'overloaded',
    'unavailable',
  ]);
  paths[documentPath(EVENTS_ROUTE)] = {
    get: {
      operationId: 'followEvents',
      tags: ['queries'],
      summary: 'The events of all actors as they are committed, as server-sent events.',
      description:
        'From now on, in the order of each partition. `event` is the type, `data` the event as ' +
        'commands answer it, `id` where to go on. A comment comes every 15 seconds. With ' +
        '`Accept: application/cloudevents+json` the data are CloudEvents. A `gap` tells of records ' +
        'of one partition that were trimmed before they came: `after` is the last position that ' +
        'came, `before` the first that can come next.',
      parameters: [...parameters('query', search), ...parameters('header', asked)],
      responses: {
        200: {
          description: 'Events, until the client leaves or the server stops.',
          content: content({ type: 'string' }, 'text/event-stream', GAP),
        },
        ...refusals,
      },
    },
  };
}
