/**
 * What background work keeps in the store's rows. Every policy has its own tables in each
 * partition:
 *
 * | table | key | order | holds |
 * |---|---|---|---|
 * | `instance/P` | instance | count | an instance: its machine, and what waits for it |
 * | `outbox/P` | command id | count | a command to be delivered |
 * | `inbox/P` | message id | count | what came from elsewhere: an event, or an operator's word |
 * | `queue/P` | instance, number | none | a message that failed, or waits behind one that did |
 * | `timer/P` | instance, timer id | due, ms since 1970 | a pending timer |
 * | `effect/P` | instance, invoke id | count | an effect under way |
 * | `retry/P` | as in `queue` | due, ms since 1970 | when the first message of an instance's queue is tried again; holds when it came |
 * | `again/P` | as in `outbox` or `effect` | due, ms since 1970 | that a command or an effect failed, and is tried again |
 * | `dead/P` | as in `queue` or `outbox` | parked at, ms since 1970 | a dead letter |
 *
 * What waits behind a dead letter of its instance stays in `queue`, with nothing in `retry`.
 */
import { z } from 'zod';
import type { Json } from '../../define/index.ts';

export type TableKind =
  | 'instance'
  | 'outbox'
  | 'inbox'
  | 'queue'
  | 'timer'
  | 'effect'
  | 'retry'
  | 'again'
  | 'dead';

/** A policy's table. */
export function table(kind: TableKind, policy: string): string {
  return `${kind}/${policy}`;
}

/** Separates an instance's id from what stands behind it in a row's key. */
const SEPARATOR = '\n';

/** The key of a row that belongs to an instance. */
export function rowKey(instance: string, name: string | number): string {
  return `${instance}${SEPARATOR}${name}`;
}

/** What {@link rowKey} was given. */
export function splitRowKey(key: string): { readonly instance: string; readonly name: string } {
  const at = key.lastIndexOf(SEPARATOR);
  return { instance: key.slice(0, at), name: key.slice(at + 1) };
}

/** What a row holds of others' data was written as JSON, and is read as such. */
const json: z.ZodType<Json> = z.unknown() as z.ZodType<Json>;

const history = z.array(
  z.object({ at: z.string(), error: z.string(), before: json.exactOptional() }),
);
/**
 * What failed when, oldest first; the last {@link HISTORY_MAX}. `before`: an operator changed the data
 * then, and so they were.
 */
export type History = z.output<typeof history>;
export const HISTORY_MAX = 20;

const eventInfo = z.object({
  id: z.string(),
  actor: z.object({ type: z.string(), id: z.string(), version: z.int() }),
  occurredAt: z.string(),
  correlationId: z.string(),
  facts: z.record(z.string(), json),
});

const message = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('event'),
    /** The event's id. */
    id: z.string(),
    /** Where it stands: partition, position, index in its record. */
    place: z.tuple([z.int(), z.int(), z.int()]),
    /** As it was recorded: upcast whenever it is read. */
    recorded: z.object({ type: z.string(), version: z.int(), data: json }),
    event: eventInfo,
  }),
  z.object({
    kind: z.literal('outcome'),
    /** The command's id. */
    id: z.string(),
    incarnation: z.string(),
    at: z.string(),
    type: z.enum(['command.accepted', 'command.rejected', 'command.failed']),
    data: z.object({
      commandId: z.string(),
      command: z.string(),
      ref: z.string().nullable(),
      reason: z.string().nullable(),
      events: z.array(z.object({ type: z.string(), data: json })),
    }),
    correlationId: z.string(),
  }),
  z.object({
    kind: z.literal('timer'),
    id: z.string(),
    generation: z.int(),
    incarnation: z.string(),
    /** When it was due. */
    at: z.string(),
    event: z.looseObject({ type: z.string() }),
    correlationId: z.string(),
  }),
  z.object({
    kind: z.literal('effect'),
    /** The id of the invoke. */
    id: z.string(),
    visit: z.int(),
    incarnation: z.string(),
    at: z.string(),
    result: z.union([z.object({ output: json }), z.object({ error: json })]),
    correlationId: z.string(),
  }),
]);
/** A message to an instance. */
export type PolicyMessage = z.output<typeof message>;

const instance = z.object({
  /** The id of the event that made it; `null` where none runs and messages wait for one. */
  incarnation: z.string().nullable(),
  /**
   * When that event came about, ISO 8601, if it was taken so late that its instance may have lived
   * before, and what it sent then been forgotten; else `null`.
   */
  since: z.string().nullable(),
  version: z.int(),
  machineHash: z.string(),
  /** As the driver wrote it; `null` with `incarnation`. */
  machine: z.looseObject({}).nullable(),
  /** By partition that events came from: place of the last, so that none is taken twice. */
  seen: z.record(z.string(), z.tuple([z.int(), z.int()])),
  /** Counts visits to states with timers or invokes: generations come from it. */
  visits: z.int(),
  /** Pending timers: id → generation. */
  timers: z.record(z.string(), z.int()),
  /** Invokes under way: id → visit. */
  effects: z.record(z.string(), z.int()),
  /** Of timers and effects that a migration gave another id, the id of their rows; absent: of none. */
  aliases: z
    .object({
      timers: z.record(z.string(), z.string()),
      effects: z.record(z.string(), z.string()),
    })
    .exactOptional(),
  /** Numbers of the waiting messages: `first` to `next - 1`; `parked`: the first is a dead letter. */
  queue: z.object({ first: z.int(), next: z.int(), parked: z.boolean() }),
});
export type InstanceRow = z.output<typeof instance>;

const outbox = z.object({
  instance: z.string(),
  incarnation: z.string(),
  /** The message it was sent for, and its place among what that message sent. */
  cause: z.string(),
  index: z.int(),
  command: z.string(),
  data: json,
  ref: z.string().nullable(),
  /** When it was written, ISO 8601. */
  at: z.string(),
  /** When its cause came about: no earlier try of this command can be older. ISO 8601. */
  causedAt: z.string(),
  correlationId: z.string(),
  attempts: z.int(),
  history,
  /** Its outcome was given already: another one is told to nobody. */
  told: z.boolean(),
});
export type OutboxRow = z.output<typeof outbox>;

const queued = z.object({
  message,
  attempts: z.int(),
  history,
  at: z.string(),
  /** It was a dead letter, and is to be taken though later events were. */
  revived: z.boolean(),
});
export type QueueRow = z.output<typeof queued>;

/** `instance`: empty where the event could not be correlated. */
const deadMessage = z.object({
  kind: z.literal('message'),
  instance: z.string(),
  error: z.string(),
  queued,
});

const inbox = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), instance: z.string(), message, at: z.string() }),
  /** A dead letter that is tried again, and whose instance is known at last. */
  z.object({ kind: z.literal('letter'), letter: deadMessage, at: z.string() }),
  /** `key`: of the row in `dead`. */
  z.object({ kind: z.enum(['retry', 'discard']), key: z.string(), at: z.string() }),
]);
export type InboxRow = z.output<typeof inbox>;

const timer = z.object({
  instance: z.string(),
  incarnation: z.string(),
  id: z.string(),
  generation: z.int(),
  event: z.looseObject({ type: z.string() }),
  correlationId: z.string(),
});
export type TimerRow = z.output<typeof timer>;

const effect = z.object({
  instance: z.string(),
  incarnation: z.string(),
  id: z.string(),
  visit: z.int(),
  src: z.string(),
  input: json,
  at: z.string(),
  correlationId: z.string(),
  attempts: z.int(),
  history,
});
export type EffectRow = z.output<typeof effect>;

const dead = z.discriminatedUnion('kind', [
  deadMessage,
  z.object({ kind: z.literal('command'), id: z.string(), error: z.string(), outbox }),
]);
export type DeadRow = z.output<typeof dead>;

/** How each table's rows are read. @throws ZodError, SyntaxError for what is no such row */
export const read = {
  instance: (body: string): InstanceRow => instance.parse(JSON.parse(body)),
  outbox: (body: string): OutboxRow => outbox.parse(JSON.parse(body)),
  queue: (body: string): QueueRow => queued.parse(JSON.parse(body)),
  inbox: (body: string): InboxRow => inbox.parse(JSON.parse(body)),
  timer: (body: string): TimerRow => timer.parse(JSON.parse(body)),
  effect: (body: string): EffectRow => effect.parse(JSON.parse(body)),
  dead: (body: string): DeadRow => dead.parse(JSON.parse(body)),
};
