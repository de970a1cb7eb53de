import { z } from 'zod';
import type {
  DeadLetterPage,
  InstancePage,
  PoliciesReport,
  ProjectionFigures,
} from '../../engine/engine.ts';
import {
  DEAD_LETTERS_ROUTE,
  DISCARD_ROUTE,
  INSTANCES_ROUTE,
  POLICIES_ROUTE,
  RETRY_ROUTE,
} from '../policies.ts';
import type { ProblemCode } from '../problem.ts';
import { pageSearch } from '../reading.ts';
import { type Components, type Part, ref } from './components.ts';
import { content, documentPath, type Paths, parameters, problems } from './operations.ts';

const count = (description: string) => z.int().min(0).meta({ description });
const age = z.number().min(0).meta({
  description: 'The age of the oldest that waits, in milliseconds; 0 where nothing does.',
});

const projection = { name: z.string(), lag: count('Records not passed.'), oldestPendingMs: age };

/** How a projection fares. */
export const projectionFigures = z.looseObject({
  ...projection,
  version: z.int().min(1).meta({ description: 'The version that made what is read.' }),
  generation: z.int().min(0).meta({
    description:
      'Which making of the read model is read: a rebuild that takes its place has a higher number.',
  }),
  wantsRebuild: z
    .boolean()
    .meta({ description: 'The app has a newer version: its read model is to be rebuilt.' }),
  rebuild: z
    .looseObject({
      version: z.int().min(1),
      phase: z.enum(['building', 'entering']).meta({
        description:
          '`building`: it passes the history; `entering`: it has, and takes the place of what is read shortly.',
      }),
      passed: count('Records it has passed.'),
      records: count('Records there are.'),
    })
    .nullable()
    .meta({ description: 'What is made beside what is read; `null` where nothing is.' }),
}) satisfies z.ZodType<ProjectionFigures>;

/** What `GET /v1/policies` answers. */
export const policiesReport = z.looseObject({
  idle: z.boolean().meta({
    description:
      'Every commit answered before was passed by all, and nothing is left to do now; timers not ' +
      'yet due and dead letters do not count.',
  }),
  policies: z.array(
    z.looseObject({
      ...projection,
      paused: z.boolean().meta({ description: 'It takes nothing new until it is resumed.' }),
      inFlight: count('Commands and effects under way, and messages that crossed and wait.'),
      retrying: count('What failed and waits for its next try.'),
      deadLetters: count('What failed for the last time.'),
      timers: count('Pending timers.'),
      holders: z
        .record(z.string(), z.int().min(0))
        .meta({ description: 'How many partitions each live node runs for it.' }),
    }),
  ),
  projections: z.array(projectionFigures),
}) satisfies z.ZodType<PoliciesReport>;

const nextCursor = z.string().optional().meta({ description: 'Absent on the last page.' });

const instanceItem = z.looseObject({
  id: z.string().meta({ description: 'Its correlation id.' }),
  partition: z.int().min(0),
  value: z.unknown().meta({ description: "The state of its machine, as XState's state value." }),
  context: z.unknown(),
  waiting: count('Messages that wait for it: retried, parked, or behind such.'),
}) satisfies z.ZodType<InstancePage['items'][number]>;

const deadLetter = z.looseObject({
  id: z.string().meta({ description: 'Opaque.' }),
  policy: z.string(),
  instance: z.string().meta({ description: 'The correlation id of its instance.' }),
  kind: z.enum(['event', 'outcome', 'timer', 'effect', 'command']),
  type: z.string().meta({ description: "The event's or the command's type." }),
  message: z.unknown(),
  error: z.string(),
  attempts: z.int().min(0),
  history: z.array(z.looseObject({ at: z.iso.datetime(), error: z.string() })),
  parkedAt: z.iso.datetime(),
  waiting: count('Messages of its instance that wait behind it.'),
}) satisfies z.ZodType<DeadLetterPage['items'][number]>;

/** What `GET /v1/policies/{name}/instances` answers. */
export const instancePage = z.looseObject({ items: z.array(instanceItem), nextCursor });

/** What `GET /v1/dead-letters` answers. */
export const deadLetterPage = z.looseObject({ items: z.array(deadLetter), nextCursor });

const pending = z.looseObject({ status: z.literal('pending') });

/** Describes the routes that tell of policies, and those that settle dead letters. */
export function describePolicies(replies: Components, paths: Paths): void {
  replies.named('PoliciesReport', policiesReport, 'How policies and projections fare.');
  replies.named('InstancePage', instancePage);
  replies.named('DeadLetterPage', deadLetterPage);
  replies.named('Retried', z.looseObject({ status: z.literal('retried') }));
  replies.named('Discarded', z.looseObject({ status: z.literal('discarded') }));
  replies.named('SettlingPending', pending);
  paths[documentPath(POLICIES_ROUTE)] = {
    get: reading('getPolicies', 'How the policies fare, over all nodes.', 'PoliciesReport', [], []),
  };
  const named = parameters('path', z.object({ name: z.string() }));
  paths[documentPath(INSTANCES_ROUTE)] = {
    get: reading(
      'getPolicyInstances',
      'The instances of a policy, with their states.',
      'InstancePage',
      [...named, ...parameters('query', pageSearch)],
      ['not_found'],
    ),
  };
  paths[documentPath(DEAD_LETTERS_ROUTE)] = {
    get: reading(
      'getDeadLetters',
      'Messages that policies parked after the last attempt.',
      'DeadLetterPage',
      parameters('query', pageSearch),
      [],
    ),
  };
  paths[documentPath(RETRY_ROUTE)] = {
    post: settling('retryDeadLetter', 'Has a parked message tried again.', 'Retried'),
  };
  paths[documentPath(DISCARD_ROUTE)] = {
    post: settling('discardDeadLetter', 'Gives a parked message up.', 'Discarded'),
  };
}

function reading(
  operationId: string,
  summary: string,
  schema: string,
  asked: readonly Part[],
  codes: readonly ProblemCode[],
): Part {
  return {
    operationId,
    tags: ['policies'],
    summary,
    parameters: asked,
    responses: {
      200: { description: 'As it is now.', content: content(ref(schema)) },
      ...problems([...codes, 'validation_error', 'unavailable']),
    },
  };
}

function settling(operationId: string, summary: string, schema: string): Part {
  return {
    operationId,
    tags: ['policies'],
    summary,
    description: 'It needs no body.',
    parameters: parameters('path', z.object({ id: z.string() })),
    responses: {
      200: { description: 'Done.', content: content(ref(schema)) },
      202: {
        description: 'Asked for: the node that runs the policy there will do it.',
        content: content(ref('SettlingPending')),
      },
      ...problems([
        'malformed_request',
        'not_found',
        'too_large',
        'validation_error',
        'unavailable',
      ]),
    },
  };
}
