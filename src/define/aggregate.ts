import type { AnyStateMachine, ContextFrom, EmittedFrom, EventFromLogic, StateValue } from 'xstate';
import type { z } from 'zod';
import { callerFile } from './caller.ts';
import type { CommandDefinition, CommandMap, Messages } from './command.ts';
import type { Emitted, EventData, EventMap } from './event.ts';
import type { CollectionDefinition, EntryChange, ValueOf, ViewDefinition } from './facts.ts';
import type { Json } from './json.ts';
import type { Migrations } from './migration.ts';
import type { Mismatch } from './mismatch.ts';

/** What an aggregate's own functions see of its machine. */
export interface ActorState<Context> {
  readonly value: StateValue;
  readonly context: Context;
}

/** A value that only one actor of the app may hold. */
export interface ClaimDefinition<Context> {
  /** Two spellings of one value have one normal form. */
  normalize: (value: string) => string;
  /** What the actor holds in this state, as written; `null` for nothing. Pure. */
  held: (state: ActorState<Context>) => string | null;
}

type CollectionMap = Readonly<Record<string, CollectionDefinition>>;

/** What events do to collections: by collection, by event. */
type Folds<Events extends EventMap, Collections extends CollectionMap> = {
  readonly [C in keyof Collections]: {
    readonly [E in keyof Events]?: (
      data: EventData<Events[E]>,
    ) => EntryChange<ValueOf<Collections[C]>>;
  };
};

/** The claims that commands name. */
type ClaimOf<Commands extends CommandMap> = {
  [Name in keyof Commands]: Commands[Name] extends CommandDefinition<
    infer _Input,
    infer _Data,
    infer _Facts,
    infer Claim
  >
    ? Claim
    : never;
}[keyof Commands];

/** Requires `claims` where a command names one. */
type ClaimsNeeded<Commands extends CommandMap> = [ClaimOf<Commands>] extends [never]
  ? unknown
  : { claims: object };

type MachineFor<M extends AnyStateMachine, Commands extends CommandMap, Events extends EventMap> = [
  Messages<Commands>,
] extends [EventFromLogic<M>]
  ? // A machine that declares no event says nothing of what it emits.
    [keyof Events] extends [never]
    ? unknown
    : [EmittedFrom<M>] extends [Emitted<Events>]
      ? unknown
      : Mismatch<'the machine emits an event that is not declared, or with other data'>
  : Mismatch<'the machine does not take every declared command with its data and facts'>;

interface AggregateSpec<
  M extends AnyStateMachine,
  Commands extends CommandMap,
  Events extends EventMap,
  View extends Json,
  Collections extends CollectionMap,
> {
  /** The actor type in addresses: lower-case letters, digits and `-`, beginning with a letter. */
  type: string;
  /**
   * The version of its snapshots: a whole number from 1. Raise it when what is stored of the machine
   * can not be run by it any more as it is, and add a migration.
   */
  version?: number;
  /** What older versions stored, brought to this one: one step a version. */
  migrations?: Migrations;
  machine: M & MachineFor<M, Commands, Events>;
  /** What the machine's context is: a stored one that breaks it is not run. Not checked, unless given. */
  context?: z.ZodType<ContextFrom<M>>;
  commands: Commands;
  events: Events;
  /** What others may know. */
  view?: {
    definition: ViewDefinition<View>;
    of: (state: ActorState<ContextFrom<M>>) => NoInfer<View>;
  };
  /** Of every claim that a command names, how it is compared and who holds it. */
  claims?: { readonly [C in ClaimOf<Commands>]: ClaimDefinition<ContextFrom<M>> };
  collections?: Collections;
  folds?: Folds<Events, Collections>;
}

/** An aggregate: an actor that decides on commands. Made by {@link defineAggregate}. */
export interface AggregateDefinition {
  readonly kind: 'aggregate';
  readonly type: string;
  readonly version: number;
  readonly migrations: Migrations;
  readonly machine: AnyStateMachine;
  readonly context: z.ZodType | null;
  readonly commands: CommandMap;
  readonly events: EventMap;
  readonly view: {
    readonly definition: ViewDefinition;
    readonly of: (state: ActorState<unknown>) => Json;
  } | null;
  readonly claims: Readonly<Record<string, ClaimDefinition<unknown>>>;
  readonly collections: CollectionMap;
  readonly folds: Readonly<
    Record<string, Readonly<Record<string, (data: unknown) => EntryChange<unknown>>>>
  >;
  /** Where it was defined, for messages. */
  readonly file: string;
}

/**
 * Declares an aggregate. Types hold the machine to the declared commands and events;
 * what types cannot see is checked by `defineApp`.
 */
export function defineAggregate<
  M extends AnyStateMachine,
  const Commands extends CommandMap,
  const Events extends EventMap,
  View extends Json = null,
  const Collections extends CollectionMap = Record<never, never>,
>(
  spec: AggregateSpec<M, Commands, Events, View, Collections> & ClaimsNeeded<Commands>,
): AggregateDefinition {
  return {
    kind: 'aggregate',
    type: spec.type,
    version: spec.version ?? 1,
    migrations: spec.migrations ?? {},
    machine: spec.machine,
    context: spec.context ?? null,
    commands: spec.commands,
    events: spec.events,
    // From here on the engine handles states of every aggregate alike.
    view: (spec.view ?? null) as AggregateDefinition['view'],
    claims: (spec.claims ?? {}) as AggregateDefinition['claims'],
    collections: spec.collections ?? {},
    folds: (spec.folds ?? {}) as AggregateDefinition['folds'],
    file: callerFile(defineAggregate),
  };
}
