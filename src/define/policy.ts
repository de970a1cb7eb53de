import type { AnyStateMachine, StateValue } from 'xstate';
import { callerFile } from './caller.ts';
import type { EventData, EventMap } from './event.ts';
import type { JsonObject } from './json.ts';
import type { PolicyFactMap, ResolvedPolicyFacts } from './policy-facts.ts';

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

/** All that a policy's machine takes from the engine: its `types.events`. */
export type PolicyMessages<
  Events extends EventMap,
  Facts extends PolicyFactMap = Record<never, never>,
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

/** The instance before a message. */
export interface InstanceState {
  readonly value: StateValue;
  readonly context: unknown;
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
  readonly machine: AnyStateMachine;
  readonly on: EventMap;
  readonly correlate: Correlation;
  readonly facts: (message: BareMessage, state: InstanceState) => PolicyFactMap;
  readonly from: 'head' | 'beginning';
  /** Tries of a command or a message before it is parked. */
  readonly attempts: number;
  readonly file: string;
}

const ATTEMPTS_DEFAULT = 8;

/** Declares a policy. */
export function definePolicy<const Events extends EventMap>(spec: {
  /** Lower-case letters, digits and `-`; unique in the app, and never used again for another. */
  name: string;
  version?: number;
  machine: AnyStateMachine;
  /** The events it takes, by their names. */
  on: Events;
  /** `event` unless set. */
  correlate?: Correlation;
  facts?: (message: BareMessage, state: InstanceState) => PolicyFactMap;
  /** Where it begins when it is new: at the head, unless set. */
  from?: 'head' | 'beginning';
  attempts?: number;
}): PolicyDefinition {
  return {
    kind: 'policy',
    name: spec.name,
    version: spec.version ?? 1,
    machine: spec.machine,
    on: spec.on,
    correlate: spec.correlate ?? 'event',
    facts: spec.facts ?? (() => ({})),
    from: spec.from ?? 'head',
    attempts: spec.attempts ?? ATTEMPTS_DEFAULT,
    file: callerFile(definePolicy),
  };
}
