/** `given(…).when(…).then(…)`: decisions of aggregates, tested as pure functions. */
import {
  type AggregateDefinition,
  type App,
  type ClaimAnswer,
  defineApp,
} from '../define/index.ts';
import type { Json } from '../define/json.ts';
import { Decided, type Expected, hold, invalidResult, resultOf, said } from './decision.ts';
import { type Circumstances, InvalidCommand } from './model/decision.ts';
import { type CommandBody, Model, type ModelStep } from './model/model.ts';
import type { ModelState } from './model/state.ts';

/** An event as something given: it changes what its actor's collections hold. */
export interface GivenEvent {
  readonly type: string;
  readonly data: unknown;
  /** The id of the actor whose event it is. */
  readonly actor: string;
}

/** Commands are carried out; events are recorded. */
export type Given = CommandBody | GivenEvent;

const START = '2026-01-01T00:00:00.000Z';

interface Situation {
  readonly state: ModelState;
  readonly circumstances: Circumstances;
  readonly by: 'client' | 'policy';
}

/** What is so before the command. Each method gives a new one; none changes it. */
export class GivenSituation {
  readonly #model: Model;
  readonly #situation: Situation;

  constructor(model: Model, situation: Situation) {
    this.#model = model;
    this.#situation = situation;
  }

  /** More that came about, each a second after the one before. */
  given(...steps: readonly Given[]): GivenSituation {
    let { state } = this.#situation;
    for (const step of steps) {
      state = carriedOut(this.#model, state, step);
      state = { ...state, now: state.now + 1_000 };
    }
    return this.#with({ state });
  }

  /** The time from here on, ISO 8601. */
  at(time: string): GivenSituation {
    const now = Date.parse(time);
    if (Number.isNaN(now)) throw new RangeError(`${time} is no time`);
    return this.#with({ state: { ...this.#situation.state, now } });
  }

  /** Facts by their names, in the place of what would be found. */
  withFacts(facts: Readonly<Record<string, unknown>>): GivenSituation {
    const { circumstances } = this.#situation;
    const all = { ...circumstances.facts, ...facts };
    return this.#with({ circumstances: { ...circumstances, facts: all } });
  }

  /** What becomes of wanted claims, in the place of what would. */
  withClaims(claims: Readonly<Record<string, ClaimAnswer>>): GivenSituation {
    const { circumstances } = this.#situation;
    const all = { ...circumstances.claims, ...claims };
    return this.#with({ circumstances: { ...circumstances, claims: all } });
  }

  /** The command comes from a policy, which may send what a client may not. */
  byPolicy(): GivenSituation {
    return this.#with({ by: 'policy' });
  }

  /** The command that is to be decided. Nothing is done before `then`. */
  when(command: CommandBody): Whenever {
    return new Whenever(this.#model, this.#situation, command);
  }

  #with(change: Partial<Situation>): GivenSituation {
    return new GivenSituation(this.#model, { ...this.#situation, ...change });
  }
}

/** A command that is to be decided. */
export class Whenever {
  readonly #model: Model;
  readonly #situation: Situation;
  readonly #command: CommandBody;

  constructor(model: Model, situation: Situation, command: CommandBody) {
    this.#model = model;
    this.#situation = situation;
    this.#command = command;
  }

  /**
   * Decides, twice, the second time on the actor as it would be stored, and expects events (type
   * and, in part, data), or one of `rejected`, `noEffect`, `notPossible` and `invalid`, or what a
   * function expects.
   * @throws AssertionError that shows what differs
   */
  // biome-ignore lint/suspicious/noThenProperty: the word that such tests are known by
  then(...expected: Expected): Decided {
    mustNotBeAwaited(expected);
    const { type } = this.#command;
    const { result, step } = this.#decide();
    hold(result, expected, `${type} came to ${said(result)}`);
    return new Decided(this.#model, step, result);
  }

  #decide(): { readonly result: Decided['result']; readonly step: ModelStep | null } {
    const { state, circumstances, by } = this.#situation;
    try {
      const step = this.#model.command(state, this.#command, { by, circumstances });
      return { result: resultOf(step), step };
    } catch (error) {
      if (error instanceof InvalidCommand) return { result: invalidResult(error), step: null };
      throw error;
    }
  }
}

/** Whoever awaits it, or gives it back from an async test, has expected nothing. */
function mustNotBeAwaited(expected: readonly unknown[]): void {
  if (expected.length < 2 || !expected.every((each) => typeof each === 'function')) return;
  throw new Error('when(…) was awaited or given back: end it with then(…), which needs no await');
}

function carriedOut(model: Model, state: ModelState, step: Given): ModelState {
  if ('actor' in step) return recorded(model, state, step);
  const after = model.command(state, step, { by: 'policy' });
  const { decision } = after.decided;
  if (decision.status === 'accepted') return after.state;
  throw new Error(`given ${step.type}: it was refused: ${decision.reason}`);
}

/** An event of an actor as if it had happened: its collections follow. */
function recorded(model: Model, state: ModelState, { type, data, actor: id }: GivenEvent) {
  const aggregate = [...model.aggregates.values()].find(({ definition }) =>
    Object.hasOwn(definition.events, type),
  );
  const definition = aggregate?.definition.events[type];
  if (!aggregate || !definition) throw new Error(`given ${type}: no aggregate has such an event`);
  const { folds, type: actorType } = aggregate.definition;
  if (!Object.values(folds).some((byEvent) => Object.hasOwn(byEvent, type))) {
    throw new Error(
      `given ${type}: no collection follows from it, and states follow from commands: give the command`,
    );
  }
  const number = (state.feed?.length ?? 0) + 1;
  const event = {
    id: `given-${number}`,
    actor: { type: actorType, id, version: model.actor(state, actorType, id).version },
    occurredAt: new Date(state.now).toISOString(),
    correlationId: `given-${number}`,
    facts: {},
  };
  // What its schema gives is what would have been recorded.
  const parsed = definition.schema.parse(data) as Json;
  return model.record(state, aggregate, [{ type, data: parsed, event }]);
}

/** Tests of an app's parts as pure functions. Made by {@link testKit}. */
export interface TestKit {
  /** What came about before: commands and events, of whichever actors. */
  given(...steps: readonly Given[]): GivenSituation;
  /** A command where nothing came about before. */
  when(command: CommandBody): Whenever;
}

/**
 * Tests decisions as pure functions: no store, no promise, the engine's own steps.
 * @param parts an app, or the aggregates that the tests speak of, those that their facts ask
 * included
 * @example
 * const { given } = testKit(app);
 * given(announced, { type: 'ReserveSeat', data: a1 })
 *   .when({ type: 'ReserveSeat', data: { ...a1, guestId: 'bob' } })
 *   .then(rejected('Seat is taken'));
 */
export function testKit(parts: App | readonly AggregateDefinition[]): TestKit {
  const app = 'aggregates' in parts ? parts : defineApp({ aggregates: parts });
  const model = new Model(app, { twice: true });
  const state = model.empty(Date.parse(START));
  const nothing = new GivenSituation(model, { state, circumstances: {}, by: 'client' });
  return {
    given: (...steps) => nothing.given(...steps),
    when: (command) => nothing.when(command),
  };
}
