/** A whole app under simulated time: the real engine, on the store in memory. */

import type { App, QueryDefinition } from '../define/index.ts';
import { decodeState } from '../engine/actor-state.ts';
import type { Address } from '../engine/address.ts';
import { prepareAggregate } from '../engine/aggregate-runtime.ts';
import { table } from '../engine/background/rows.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine, InstanceItem } from '../engine/engine.ts';
import { DEFAULT_LIMITS } from '../engine/limits.ts';
import type { Outcome } from '../engine/outcome.ts';
import { partitionsOf } from '../engine/partitions.ts';
import type { Log } from '../engine/runtime.ts';
import type { Store } from '../engine/store.ts';
import { createMemoryStore } from '../storage/memory/index.ts';
import { type Duration, durationMs } from './duration.ts';
import { createFakeTime, type FakeTime } from './fake-time.ts';
import { fail } from './mismatch.ts';
import { InvalidCommand } from './model/decision.ts';
import type { CommandBody } from './model/model.ts';
import { failedAnswer, type System } from './paths/run-path.ts';

/** How far the clock is moved between two looks at what is waited for, in milliseconds. */
const STEP_MS = 20;
const LOOK_MS = 10;
/** How long is waited for anything, in milliseconds of the world: longer than all retries take. */
const PATIENCE_MS = 3_600_000;
const PAGE = 1_000;

export interface TestWorldOptions {
  /** When it begins, ISO 8601; the first of January 2026, unless given. */
  readonly start?: string;
  /** The same seed repeats a run. */
  readonly seed?: number;
}

/** An actor's state. */
export interface ActorSeen {
  readonly value: unknown;
  readonly context: unknown;
  readonly version: number;
}

/** Made by {@link createTestWorld}. */
export class TestWorld {
  /** For what this class does not offer. */
  readonly engine: Engine;
  readonly app: App;
  /** What was logged as an error: faults of machines, commands given up. */
  readonly errors: readonly { readonly fields: object; readonly message: string }[];
  readonly #time: FakeTime;
  readonly #store: Store;

  private constructor(app: App, { start, seed }: TestWorldOptions) {
    const errors: { fields: object; message: string }[] = [];
    const log: Log = {
      error: (fields, message) => void errors.push({ fields, message }),
      warn: () => {},
    };
    this.#time = createFakeTime(seed, start === undefined ? undefined : timeOf(start));
    // One partition, as the embedded store has: looking whether all is done costs the least.
    this.#store = createMemoryStore({ now: this.#time.now, partitions: 1 });
    this.app = app;
    this.errors = errors;
    this.engine = createEngine({
      app,
      store: this.#store,
      runtime: this.#time.runtime(),
      log,
      strict: true,
    });
  }

  static async start(app: App, options: TestWorldOptions): Promise<TestWorld> {
    const world = new TestWorld(app, options);
    await world.#run(world.engine.start());
    return world;
  }

  /** The world's time, ISO 8601. */
  get now(): string {
    return new Date(this.#time.now()).toISOString();
  }

  /** Sends a client's command. @throws InvalidCommand where its schema does not take the body */
  async send(type: string, data: unknown): Promise<Outcome> {
    const validation = this.engine.validate(type, data);
    if (!validation.ok) throw new InvalidCommand(type, validation.issues);
    return this.#run(this.engine.submit(validation.command, { principal: 'test' }));
  }

  /** Sends commands one after another. @throws AssertionError where one is not accepted */
  async accept(...commands: readonly CommandBody[]): Promise<void> {
    for (const { type, data } of commands) {
      const outcome = await this.send(type, data);
      if (outcome.status === 'accepted') continue;
      const { status } = outcome;
      const why = status === 'rejected' ? outcome.reason : outcome.failure.code;
      fail(`${type} was ${status}: ${why}`);
    }
  }

  /** Lets policies and projections do what there is to do, but for what is due later. */
  async settle(): Promise<void> {
    await this.#until(async () => (await this.engine.policies()).idle, LOOK_MS);
  }

  /** Time goes by: timers that fall due fire in their order, each at its own time. */
  async advance(duration: Duration): Promise<void> {
    await this.at(new Date(this.#time.now() + durationMs(duration)).toISOString());
  }

  /** Time goes by until then, or until what is due by then is done. @param time ISO 8601 */
  async at(time: string): Promise<void> {
    const end = timeOf(time);
    await this.settle();
    for (let due = await this.#nextDue(); due !== null && due <= end; due = await this.#nextDue()) {
      await this.#time.jump(Math.max(0, due - this.#time.now()));
      await this.settle();
    }
    if (end > this.#time.now()) await this.#time.jump(end - this.#time.now());
    await this.settle();
  }

  /** Asks a query of the app. @throws ZodError where its schemas do not take what is asked */
  async query(
    query: QueryDefinition,
    asked: { readonly params?: unknown; readonly search?: unknown } = {},
  ): Promise<unknown> {
    const params: unknown = query.params.parse(asked.params ?? {});
    const search: unknown = query.search.parse(asked.search ?? {});
    return this.#run(this.engine.query(query, { params, search }));
  }

  /** An actor's state; `null` where it does not exist. */
  async actor(type: string, id: string): Promise<ActorSeen | null> {
    const definition = this.app.aggregates.get(type);
    if (!definition) throw new Error(`the app has no aggregate ${type}`);
    const nothing = { pointers: [], views: [], entries: [], sizes: [] };
    const { actor } = await this.#store.fetch({ ...nothing, actor: { type, id } });
    if (actor === null || actor.state === null) return null;
    const aggregate = prepareAggregate(definition, DEFAULT_LIMITS, this.#time.runtime(), true);
    const { machine, version } = decodeState(aggregate, { type, id }, actor);
    return { value: machine.value, context: machine.context, version };
  }

  /** The instances of a policy that run. */
  async instances(policy: string): Promise<readonly InstanceItem[]> {
    const page = await this.engine.instances(policy, { limit: PAGE, cursor: null });
    if (page === null) throw new Error(`the app has no policy ${policy}`);
    return page.items;
  }

  /** All events of an actor, oldest first; refusals too. */
  async events(actor: Address): Promise<readonly { type: string; data: unknown }[]> {
    const newestFirst: { type: string; data: unknown }[] = [];
    for (let before: string | null = null, more = true; more; ) {
      const page = await this.engine.trail(actor, { limit: 200, before });
      newestFirst.push(...(page?.items ?? []).map(({ type, data }) => ({ type, data })));
      before = page?.next ?? null;
      more = before !== null;
    }
    return newestFirst.reverse();
  }

  /** Ends its background work. */
  async stop(): Promise<void> {
    await this.#run(this.engine.drain());
  }

  /** The world as paths know it. */
  asSystem(): System {
    return {
      send: async ({ type, data }) => {
        const outcome = await this.send(type, data);
        if (outcome.status === 'failed') return failedAnswer(outcome.failure.code);
        const { status, actor, events } = outcome;
        return {
          status,
          reason: outcome.status === 'rejected' ? outcome.reason : null,
          version: actor.version,
          events: events.map((event) => ({ type: event.type, data: event.data })),
        };
      },
      settled: () => this.settle(),
      elapse: (ms) => this.advance(ms),
      trail: (actor) => this.events(actor),
    };
  }

  /** When the first of the timers and retries is due, in ms since 1970. */
  async #nextDue(): Promise<number | null> {
    const page = { after: null, until: null, limit: 1 };
    const tables = [...this.app.policies.keys()].flatMap((name) =>
      (['timer', 'retry', 'again'] as const).map((kind) => table(kind, name)),
    );
    const looks = partitionsOf(this.#store).flatMap((partition) =>
      tables.map((name) => this.#store.scan(partition, name, page)),
    );
    const found = (await Promise.all(looks)).flat().map(({ order }) => order);
    return found.length === 0 ? null : Math.min(...found);
  }

  async #run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.#until(() => isSettled, STEP_MS);
    return promise;
  }

  async #until(condition: () => boolean | Promise<boolean>, stepMs: number): Promise<void> {
    const end = this.#time.now() + PATIENCE_MS;
    await this.#time.settle();
    while (!(await condition())) {
      if (this.#time.now() > end) throw new Error('what was waited for did not come about');
      await this.#time.advance(stepMs);
    }
  }
}

function timeOf(time: string): number {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new RangeError(`${time} is no time`);
  return ms;
}

/**
 * Starts an app under simulated time: the real engine with its policies and projections, on a store
 * in memory of its own, with a clock that moves when it is told to. It needs no end.
 * @example
 * const world = await createTestWorld(app);
 * await world.accept(registered, announced, reserved);
 * await world.advance('14 days');
 */
export function createTestWorld(app: App, options: TestWorldOptions = {}): Promise<TestWorld> {
  return TestWorld.start(app, options);
}
