import type {
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  StateValue,
  StateValueFrom,
} from 'xstate';
import type { z } from 'zod';
import { callerFile } from './caller.ts';
import type { EventData, EventMap } from './event.ts';
import type { JsonObject } from './json.ts';
import type { InstanceMigration, Migrations } from './migration.ts';
import type { Mismatch } from './mismatch.ts';
import type {
  PolicyFact,
  PolicyFactMap,
  PolicyFactsAsked,
  ResolvedPolicyFacts,
} from './policy-facts.ts';

/** What is known of a recorded event beside its data. */
export interface RecordedEventInfo {
  readonly id: string;
  readonly actor: { readonly type: string; readonly id: string; readonly version: number };
  /** ISO 8601, UTC, milliseconds. */
  readonly occurredAt: string;
  readonly correlationId: string;
  /** What the deciding actor knew: the facts of the command's record. */
  readonly facts: JsonObject;
}

/** What comes with every message to a policy, so that its machine needs no clock. */
export interface PolicyMessageMeta {
  /** Unique to the message, the same when it is tried again. */
  readonly messageId: string;
  /** The event's time; the time the outcome was known; when a timer was due: ISO 8601, UTC. */
  readonly at: string;
}

/** An event as a policy's machine sees it. */
export interface PolicyEvent<Name extends string, Data, Facts> {
  readonly type: Name;
  readonly data: Data;
  readonly event: RecordedEventInfo;
  readonly facts: Facts;
  readonly meta: PolicyMessageMeta;
}

/** What became of a command that this incarnation of the instance sent. */
export interface CommandOutcome<Facts = unknown> {
  readonly type: 'command.accepted' | 'command.rejected' | 'command.failed';
  readonly data: {
    readonly commandId: string;
    /** The command's name. */
    readonly command: string;
    /** As it was sent. */
    readonly ref: string | null;
    /** Why it was refused, or the code of the fault; `null` where it was accepted. */
    readonly reason: string | null;
    /** What it recorded. */
    readonly events: readonly { readonly type: string; readonly data: unknown }[];
  };
  readonly facts: Facts;
  readonly meta: PolicyMessageMeta;
}

/**
 * All that a policy's machine takes from the engine: its `types.events`.
 * @example
 * const on = { OrderPlaced };
 * const facts = (message: BareMessageOf<typeof on>) => …;
 * setup({ types: { events: {} as PolicyMessages<typeof on, ReturnType<typeof facts>> } })
 */
export type PolicyMessages<
  Events extends EventMap,
  Facts extends PolicyFactsAsked = Record<never, never>,
> =
  | {
      [Name in keyof Events & string]: PolicyEvent<
        Name,
        EventData<Events[Name]>,
        ResolvedPolicyFacts<Facts>
      >;
    }[keyof Events & string]
  | CommandOutcome<ResolvedPolicyFacts<Facts>>;

/** A message as `facts` sees it: without facts, which it is to name. Timers and effects too. */
export interface BareMessage {
  readonly type: string;
  readonly data?: unknown;
  readonly event?: RecordedEventInfo;
}

/**
 * A message as the `facts` of one policy see it. A delayed event that the machine raised itself
 * comes with its own type: take no message for another because it is none of the rest.
 */
export type BareMessageOf<Events extends EventMap> =
  | CorrelatedEvent<Events>
  | { readonly type: CommandOutcome['type']; readonly data: CommandOutcome['data'] }
  | { readonly type: `xstate.${string}`; readonly data?: never };

/** An event as a correlation sees it. */
export type CorrelatedEvent<Events extends EventMap> = {
  [Name in keyof Events & string]: {
    readonly type: Name;
    readonly data: EventData<Events[Name]>;
    readonly event: RecordedEventInfo;
  };
}[keyof Events & string];

/** The instance before a message. */
export interface InstanceState<Context = unknown, Value extends StateValue = StateValue> {
  readonly value: Value;
  readonly context: Context;
}

/**
 * Which instance takes an event. `actor`: one for each actor; `event`: one for each event; both
 * live with the actor. A function: one for each text it gives, in that text's own partition; for
 * `null` the event is passed over.
 */
export type Correlation =
  | 'actor'
  | 'event'
  | ((event: { type: string; data: unknown; event: RecordedEventInfo }) => string | null);

/** A policy: a process manager. Made by {@link definePolicy}. */
export interface PolicyDefinition {
  readonly kind: 'policy';
  readonly name: string;
  readonly version: number;
  readonly migrations: Migrations<InstanceMigration>;
  readonly machine: AnyStateMachine;
  readonly context: z.ZodType | null;
  readonly on: EventMap;
  readonly correlate: Correlation;
  readonly facts: (message: BareMessage, state: InstanceState) => PolicyFactMap;
  readonly from: 'head' | 'beginning';
  /** Tries of a command or a message before it is parked. */
  readonly attempts: number;
  readonly file: string;
}

const ATTEMPTS_DEFAULT = 8;

/** Facts as a machine sees them; whatever it reads where the types do not say what is fetched. */
type FactsFor<Facts> = string extends keyof Facts ? Untold : ResolvedPolicyFacts<Facts>;
// biome-ignore lint/suspicious/noExplicitAny: it is to be assignable to whatever a machine reads
type Untold = any;

/** The events that a machine does not take with these facts. */
type NotTaken<M extends AnyStateMachine, Events extends EventMap, Facts> = {
  [Name in keyof Events & string]: [
    PolicyEvent<Name, EventData<Events[Name]>, FactsFor<Facts>>,
  ] extends [EventFromLogic<M>]
    ? never
    : Name;
}[keyof Events & string];

/** The outcomes that a machine speaks of and does not take with these facts. */
type OutcomeNotTaken<M extends AnyStateMachine, Facts> = {
  [Type in SpokenOf<M>]: [CommandOutcome<FactsFor<Facts>> & { readonly type: Type }] extends [
    EventFromLogic<M>,
  ]
    ? never
    : Type;
}[SpokenOf<M>];
type SpokenOf<M extends AnyStateMachine> = Extract<
  EventFromLogic<M>['type'],
  CommandOutcome['type']
>;

type Refused<M extends AnyStateMachine, Events extends EventMap, Facts> =
  | NotTaken<M, Events, Facts>
  | OutcomeNotTaken<M, Facts>;

type MachineFor<M extends AnyStateMachine, Events extends EventMap, Facts> = [
  Refused<M, Events, Facts>,
] extends [never]
  ? unknown
  : Mismatch<`the machine does not take ${Refused<M, Events, Facts>} with its data and the facts that are fetched`>;

/** Requires `facts` where the machine reads some. */
type FactsNeeded<M extends AnyStateMachine, Events extends EventMap> = [
  Refused<M, Events, PolicyFactMap>,
] extends [never]
  ? [Refused<M, Events, Record<never, never>>] extends [never]
    ? unknown
    : { facts: object }
  : unknown;

interface PolicySpec<M extends AnyStateMachine, Events extends EventMap, Facts> {
  /** Lower-case letters, digits and `-`; unique in the app, and never used again for another. */
  name: string;
  /** The version of its instances: a whole number from 1; raise it as that of an aggregate. */
  version?: number;
  /** What older versions stored of instances, brought to this one: one step a version. */
  migrations?: Migrations<InstanceMigration>;
  machine: M & MachineFor<M, Events, Facts>;
  /** What the machine's context is: a stored one that breaks it is not run. Not checked, unless given. */
  context?: z.ZodType<ContextFrom<M>>;
  /** The events it takes, by their names. */
  on: Events;
  /** `event` unless set. */
  correlate?: 'actor' | 'event' | ((event: CorrelatedEvent<Events>) => string | null);
  /** What its machine needs to know for a message; fetched before every try of it. */
  facts?: (
    message: BareMessageOf<Events>,
    state: InstanceState<ContextFrom<M>, StateValueFrom<M>>,
  ) => Facts;
  /** Where it begins when it is new: at the head, unless set. */
  from?: 'head' | 'beginning';
  /** Tries of a command or a message before it is parked: 1 to 100; 8 unless set. */
  attempts?: number;
}

/**
 * Declares a policy. Types hold the machine to the declared events, with their data and the facts;
 * what types cannot see is checked by `defineApp`.
 * @example
 * definePolicy({
 *   name: 'shipping', machine: shippingMachine, on: { OrderPaid },
 *   correlate: ({ data }) => data.orderId,
 * })
 */
export function definePolicy<
  M extends AnyStateMachine,
  const Events extends EventMap,
  Facts extends PolicyFactsAsked = PolicyFactMap,
>(spec: PolicySpec<M, Events, Facts> & FactsNeeded<M, Events>): PolicyDefinition {
  // From here on the engine handles messages and states of every policy alike.
  const facts = (spec.facts ?? (() => ({}))) as (
    message: BareMessage,
    state: InstanceState,
  ) => PolicyFactsAsked;
  return {
    kind: 'policy',
    name: spec.name,
    version: spec.version ?? 1,
    migrations: spec.migrations ?? {},
    machine: spec.machine,
    context: spec.context ?? null,
    on: spec.on,
    correlate: (spec.correlate ?? 'event') as Correlation,
    facts: (message, state) => askedFor(facts(message, state)),
    from: spec.from ?? 'head',
    attempts: spec.attempts ?? ATTEMPTS_DEFAULT,
    file: callerFile(definePolicy),
  };
}

function askedFor(facts: PolicyFactsAsked): PolicyFactMap {
  const asked: Record<string, PolicyFact> = {};
  for (const [name, fact] of Object.entries(facts)) if (fact) asked[name] = fact;
  return asked;
}
