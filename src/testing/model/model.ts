/**
 * A whole app as a pure function: aggregates decide, projections fold, policies react, each by the
 * engine's own steps, one thing after another in the order in which it came about. No store, no
 * clock, no promise.
 */
import type { AnyStateMachine, EventObject } from 'xstate';
import type { App, JsonObject, PolicyFactMap, ProjectionDefinition } from '../../define/index.ts';
import { actorKey } from '../../engine/address.ts';
import { type AggregateRuntime, prepareAggregate } from '../../engine/aggregate-runtime.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import { preparePolicy } from '../../engine/background/policy-runtime.ts';
import type { MachineState } from '../../engine/driver.ts';
import type { ValidCommand } from '../../engine/engine.ts';
import { DEFAULT_LIMITS } from '../../engine/limits.ts';
import { eventId } from '../../engine/record.ts';
import { validate } from '../../engine/validate.ts';
import {
  actorIn,
  type Circumstances,
  decideOn,
  InvalidCommand,
  MINTED,
  type ModelDecision,
  modelRuntime,
} from './decision.ts';
import { emptyState, findFacts, type ModelEvent, type ModelState, withEntry } from './state.ts';

/** A command as a client sends it. */
export interface CommandBody {
  readonly type: string;
  readonly data: unknown;
}

/** Who sends a command, and what is said of its surroundings. */
export interface Sender {
  /** A policy may send what the command's `schema` takes, a client what its `clientSchema` does. */
  readonly by?: 'client' | 'policy';
  readonly circumstances?: Circumstances;
  /** New ones, unless given. */
  readonly ids?: { readonly commandId: string; readonly traceId: string };
}

/** Told of every step of a machine, before it is made. */
export type Observe = (
  machine: AnyStateMachine,
  before: MachineState,
  message: EventObject,
) => void;

export interface ModelOptions {
  /** Whether each step is made twice, the second time on what would have been stored. */
  readonly twice?: boolean;
  readonly observe?: Observe;
}

/** What a command came to in the model. */
export interface ModelStep extends ModelDecision {
  readonly state: ModelState;
  readonly events: readonly ModelEvent[];
}

/** What a model is made of. */
export type ModelParts = Pick<App, 'aggregates' | 'commands' | 'policies' | 'projections'>;

export class Model {
  readonly app: ModelParts;
  readonly runtime = modelRuntime();
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  readonly policies: ReadonlyMap<string, PolicyRuntime>;
  readonly twice: boolean;

  constructor(app: ModelParts, { twice = false, observe }: ModelOptions = {}) {
    this.app = app;
    this.twice = twice;
    this.aggregates = new Map(
      [...app.aggregates].map(([type, definition]) => {
        const prepared = prepareAggregate(definition, DEFAULT_LIMITS, this.runtime, true);
        return [type, { ...prepared, driver: seen(prepared.driver, definition.machine, observe) }];
      }),
    );
    this.policies = new Map(
      [...app.policies].map(([name, definition]) => {
        const prepared = preparePolicy(definition, DEFAULT_LIMITS, this.runtime, true);
        return [name, { ...prepared, driver: seen(prepared.driver, definition.machine, observe) }];
      }),
    );
  }

  /** @param now milliseconds since 1970 */
  empty(now: number): ModelState {
    return emptyState(now);
  }

  /**
   * A command, decided and recorded; what policies make of it is for `settle`.
   * @throws InvalidCommand, and what its machine throws
   */
  command(
    state: ModelState,
    { type, data }: CommandBody,
    { by = 'client', circumstances = {}, ids }: Sender = {},
  ): ModelStep {
    const commandId = `${MINTED}${state.commands + 1}`;
    const principal = by === 'client' ? 'test' : 'policy/test';
    const command = by === 'client' ? this.#fromClient(type, data) : this.#fromPolicy(type, data);
    const asked = { command, principal, ...(ids ?? { commandId, traceId: commandId }) };
    return this.#decide({ ...state, commands: state.commands + 1 }, asked, circumstances);
  }

  #fromClient(type: string, body: unknown): ValidCommand {
    this.#aggregateOf(type);
    const validation = validate(this.app, type, body);
    if (!validation.ok) throw new InvalidCommand(type, validation.issues);
    return validation.command;
  }

  #fromPolicy(type: string, body: unknown): ValidCommand {
    const definition = this.#aggregateOf(type).definition.commands[type];
    const parsed = definition?.schema.safeParse(body);
    if (!parsed?.success) throw new InvalidCommand(type, parsed?.error.issues ?? []);
    return { type, parsed: parsed.data, body };
  }

  /** An actor as it is; one that does not exist is at version 0. */
  actor(state: ModelState, type: string, id: string) {
    const aggregate = this.aggregates.get(type);
    if (!aggregate) throw new Error(`the app has no aggregate ${type}`);
    return actorIn(aggregate, state, { type, id });
  }

  /** Finds facts as they are at a moment. */
  findIn(state: ModelState): (facts: PolicyFactMap) => JsonObject {
    return (facts) => findFacts(state, facts);
  }

  /** Records events as if a command of their actor had: entries and read models follow. */
  record(
    state: ModelState,
    aggregate: AggregateRuntime,
    events: readonly ModelEvent[],
  ): ModelState {
    let next = state;
    for (const recorded of events) {
      const { type, data, event } = recorded;
      for (const [name, folds] of Object.entries(aggregate.definition.folds)) {
        const change = folds[type]?.(data) ?? null;
        next = withEntry(next, { aggregate: event.actor.type, name }, event.actor.id, change);
      }
      const length = (next.feed?.length ?? 0) + 1;
      next = { ...next, feed: { newest: recorded, before: next.feed, length } };
      for (const projection of this.app.projections.values()) {
        next = projected(projection, next, recorded);
      }
    }
    return next;
  }

  #decide(
    state: ModelState,
    asked: Parameters<typeof decideOn>[2],
    circumstances: Circumstances,
  ): ModelStep {
    const { runtime, twice } = this;
    const aggregate = this.#aggregateOf(asked.command.type);
    const made = decideOn({ runtime, aggregate, twice }, state, asked, circumstances);
    const { decision, state: actor } = made.decided;
    const events = decision.events.map(
      ({ type, data }, index): ModelEvent => ({
        type,
        data,
        event: {
          id: eventId(decision.commandId, index),
          actor: decision.actor,
          occurredAt: decision.at,
          correlationId: decision.traceId,
          facts: made.facts,
        },
      }),
    );
    const isThere = actor.version > 0;
    const actors = isThere
      ? new Map(state.actors).set(actorKey(actor.address), actor)
      : state.actors;
    return { ...made, events, state: this.record({ ...state, actors }, aggregate, events) };
  }

  #aggregateOf(command: string): AggregateRuntime {
    const definition = this.app.commands.get(command);
    const aggregate = definition && this.aggregates.get(definition.type);
    if (aggregate) return aggregate;
    const known = [...this.app.commands.keys()].join(', ');
    throw new Error(`${command} is no command of this app; it has ${known}`);
  }
}

/** A driver whose steps are seen before they are made. */
function seen<D extends { step(state: MachineState, message: EventObject): unknown }>(
  driver: D,
  machine: AnyStateMachine,
  observe: Observe | undefined,
): D {
  if (observe === undefined) return driver;
  return {
    ...driver,
    step(state: MachineState, message: EventObject) {
      observe(machine, state, message);
      return driver.step(state, message);
    },
  };
}

function projected(
  { folds, model }: ProjectionDefinition,
  state: ModelState,
  { type, data, event }: ModelEvent,
): ModelState {
  const changes = folds[type]?.(data, event) ?? [];
  return changes.reduce((next, { owner, change }) => withEntry(next, model, owner, change), state);
}
