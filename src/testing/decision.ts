/** What a test says of a decision: expectations, and what may be looked at afterwards. */
import type { ActorState } from '../engine/actor-state.ts';
import { NOT_POSSIBLE } from '../engine/outcome.ts';
import { fail, mustEqual, mustMatch } from './mismatch.ts';
import type { InvalidCommand } from './model/decision.ts';
import type { Model, ModelStep } from './model/model.ts';
import { entriesOf } from './model/state.ts';

/** An event as a test expects it: of its data, what is to be compared. */
export interface ExpectedEvent {
  readonly type: string;
  readonly data?: unknown;
}

/** What a command came to. */
export interface Result {
  readonly status: 'accepted' | 'rejected' | 'invalid';
  /** Why it was refused; `null` unless it was rejected. */
  readonly reason: string | null;
  /** Accepted, and nothing changed or was recorded. */
  readonly noEffect: boolean;
  /** What was recorded, refusals too. */
  readonly events: readonly { readonly type: string; readonly data: unknown }[];
  /** What the schema said of an invalid body: paths and messages. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** Something that a decision is held to: see {@link rejected}, {@link noEffect} and the others. */
export interface Expectation {
  readonly kind: 'expectation';
  readonly check: (result: Result, headline: string) => void;
}

/** What `then` takes: events, one expectation, or a function that throws. */
export type Expected = readonly ExpectedEvent[] | readonly [Expectation] | readonly [Check];
type Check = (result: Result) => void;

function expectation(check: Expectation['check']): Expectation {
  return { kind: 'expectation', check };
}

/** A business rule says no. @param event what was recorded of the refusal, if it matters */
export function rejected(reason: string, event?: ExpectedEvent): Expectation {
  return expectation((result, headline) => {
    const expected = { status: 'rejected', reason, ...(event && { events: [event] }) };
    mustMatch(result, expected, headline);
  });
}

/** The state has no rule for the command. */
export function notPossible(): Expectation {
  return rejected(NOT_POSSIBLE);
}

/** The command is accepted and changes nothing. */
export function noEffect(): Expectation {
  return expectation((result, headline) =>
    mustMatch(result, { status: 'accepted', noEffect: true, events: [] }, headline),
  );
}

/** The schema does not take the body. @param paths of the fields that are wrong, all of them */
export function invalid(...paths: readonly string[]): Expectation {
  return expectation((result, headline) => {
    mustMatch(result, { status: 'invalid' }, headline);
    const found = [...new Set(result.issues.map(({ path }) => path))].sort();
    if (paths.length > 0) mustEqual(found, [...paths].sort(), headline);
  });
}

/** Holds a result to what is expected of it. @throws AssertionError that shows the difference */
export function hold(result: Result, expected: Expected, headline: string): void {
  const [first] = expected;
  if (typeof first === 'function') first(result);
  else if (first !== undefined && 'kind' in first) first.check(result, headline);
  else if (result.status === 'invalid') fail(headline);
  else {
    mustMatch(result.events, expected, headline);
    if (expected.length > 0 || !result.noEffect) return;
    fail(`${headline}\nExpect that by noEffect()`);
  }
}

/** What came of a command, in a test's words. */
export function resultOf({ decided: { decision, body } }: ModelStep): Result {
  return {
    status: decision.status,
    reason: decision.reason ?? null,
    noEffect: decision.status === 'accepted' && body === null,
    events: decision.events.map(({ type, data }) => ({ type, data })),
    issues: [],
  };
}

/** What came of a body that breaks its schema. */
export function invalidResult({ issues }: InvalidCommand): Result {
  return {
    status: 'invalid',
    reason: null,
    noEffect: false,
    events: [],
    issues: issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  };
}

/** The actor after its decision. Each method gives itself back. */
export class Decided {
  readonly result: Result;
  readonly #model: Model;
  readonly #decided: ModelStep | null;

  /** @param step `null` where the body broke its schema */
  constructor(model: Model, step: ModelStep | null, result: Result) {
    this.result = result;
    this.#model = model;
    this.#decided = step;
  }

  /** The machine's state value, its context, and the actor's version. */
  get actor(): { readonly value: unknown; readonly context: unknown; readonly version: number } {
    const { machine, version } = this.#actor();
    return { value: machine.value, context: machine.context, version };
  }

  /** Expects a state value and, where given, parts of the context. */
  state(value: unknown, context?: unknown): this {
    const { type, id } = this.#step.message.target;
    mustEqual(this.actor.value, value, `${type} ${id} is in another state`);
    if (context !== undefined) {
      mustMatch(this.actor.context, context, `${type} ${id} remembers something else`);
    }
    return this;
  }

  /** Expects these entries in a collection of the actor: keys, or entries in part. */
  collection(name: string, expected: readonly (string | object)[]): this {
    const { aggregate, target } = this.#step.message;
    const { collections } = aggregate.definition;
    const collection = collections[name];
    if (!collection) {
      const known = Object.keys(collections).join(', ') || 'none';
      throw new Error(`${target.type} has no collection ${name}; it has ${known}`);
    }
    const found = [...entriesOf(this.#step.state, collection, target.id).values()];
    const entries = expected.map((each) => (typeof each === 'string' ? { key: each } : each));
    mustMatch(found, entries, `${target.type} ${target.id} has other entries in ${name}`);
    return this;
  }

  /** Expects what others see of the actor; `null`: nothing, since it does not exist. */
  view(expected: unknown): this {
    const { type, id } = this.#step.message.target;
    const { viewText, version } = this.#actor();
    const found: unknown = viewText === null || version === 0 ? null : JSON.parse(viewText);
    mustMatch(found, expected, `Others see something else of ${type} ${id}`);
    return this;
  }

  get #step(): ModelStep {
    if (this.#decided !== null) return this.#decided;
    throw new Error('a command whose body breaks its schema reaches no actor');
  }

  #actor(): ActorState {
    const { type, id } = this.#step.message.target;
    return this.#model.actor(this.#step.state, type, id);
  }
}

/** A result in a line, or a few where a schema had much to say. */
export function said({ status, reason, noEffect: isWithout, events, issues }: Result): string {
  if (status === 'invalid') {
    const lines = issues.map(({ path, message }) => `\n  ${path || 'body'}: ${message}`);
    return `a body that breaks its schema:${lines.join('')}`;
  }
  if (reason !== null) return `rejected: ${reason}`;
  if (isWithout) return 'no effect';
  return events.map(({ type }) => type).join(', ') || 'a change without an event';
}
