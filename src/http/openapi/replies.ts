import { z } from 'zod';
import type { App } from '../../define/index.ts';
import { PROBLEMS } from '../problem.ts';
import { Components } from './components.ts';

const codes = Object.keys(PROBLEMS);

/** The schemas of all answers, by name: what they are made of, and the events of one app. */
export function replySchemas(app: App): Components {
  const replies = new Components('output');
  const actor = replies.named(
    'Actor',
    z.looseObject({ type: z.string(), id: z.string(), version: z.int().min(0) }),
    'An actor at a version; 0: it does not exist.',
  );
  const position = replies.named(
    'Position',
    z.string(),
    'Where something stands in the feed. Opaque.',
  );
  const event = replies.named('Event', eventSchema(app, replies, { actor, position }));
  const events = z.array(event);
  const decided = { commandId: z.string(), actor, position, events };
  const replayed = z.literal(true).optional();
  replies.named(
    'Accepted',
    z.looseObject({ status: z.literal('accepted'), ...decided }),
    'Without events: the command changed nothing.',
  );
  replies.named('Pending', z.looseObject({ status: z.literal('pending'), commandId: z.string() }));
  const problem = problemMembers({ actor, position, events });
  replies.named('Problem', z.looseObject({ ...problem, status: z.int() }));
  const notAccepted = { ...problem, httpStatus: z.int() };
  const result = replies.named(
    'Result',
    z.union([
      z.looseObject({ status: z.literal('accepted'), ...decided, replayed }),
      z.looseObject({ status: z.literal('rejected'), ...notAccepted, replayed }),
      z.looseObject({ status: z.literal('failed'), ...notAccepted }),
    ]),
    'What one command of a batch came to.',
  );
  replies.named('BatchResults', z.looseObject({ results: z.array(result) }));
  replies.named('AsyncResult', z.union([z.looseObject({ status: z.literal('pending') }), result]));
  replies.named('TrailPage', trailPage(event));
  replies.named('CloudTrailPage', cloudTrailPage, 'The same as CloudEvents 1.0.');
  return replies;
}

const nextTrailCursor = z.string().optional().meta({
  description: 'Absent on the last page: one that has it may be short, or empty.',
});

function trailPage(event: z.ZodType) {
  const cause = z.looseObject({ commandId: z.string(), type: z.string(), data: z.unknown() });
  return z.looseObject({
    items: z.array(z.intersection(event, z.looseObject({ cause, facts: z.unknown() }))),
    nextCursor: nextTrailCursor,
    trimmed: z.literal(true).optional().meta({
      description: 'On the last page: there were older events, which were trimmed.',
    }),
  });
}

const cloudTrailPage = z.looseObject({
  items: z.array(
    z.looseObject({
      specversion: z.literal('1.0'),
      id: z.string(),
      source: z.string(),
      type: z.string(),
      subject: z.string(),
      time: z.iso.datetime(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  nextCursor: nextTrailCursor,
});

interface Shared {
  readonly actor: z.ZodType;
  readonly position: z.ZodType;
}

/** One schema an event type, as versioned today: older ones are brought up to it when read. */
function eventSchema(app: App, replies: Components, shared: Shared): z.ZodType {
  const envelope = z.looseObject({
    id: z.string().meta({ description: 'Unique.' }),
    type: z.string(),
    version: z.int().min(1),
    ...shared,
    occurredAt: z.iso.datetime(),
    correlationId: z.string(),
    causationId: z.string().meta({ description: 'The id of the message that caused it.' }),
    data: z.record(z.string(), z.unknown()),
  });
  const [first, ...others] = [...app.aggregates.values()].flatMap(({ events }) =>
    Object.entries(events).map(([name, { version, schema }]) =>
      replies.named(
        `events.${name}`,
        envelope.extend({ type: z.literal(name), version: z.literal(version), data: schema }),
      ),
    ),
  );
  return first ? z.union([first, ...others]) : envelope;
}

function problemMembers({ actor, position, events }: Shared & { readonly events: z.ZodType }) {
  return {
    type: z.string().meta({ description: 'The stable URI of this kind of problem.' }),
    title: z.string(),
    detail: z.string(),
    code: z.enum(codes),
    commandId: z.string(),
    traceId: z.string().meta({ description: 'The log has the request under it.' }),
    errors: z
      .array(z.looseObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Field by field; an empty field means the whole.' }),
    actor: actor.optional(),
    position: position.optional(),
    events: events.optional(),
  };
}
