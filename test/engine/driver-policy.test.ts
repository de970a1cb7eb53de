import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyActor, type AnyStateMachine, createActor, type EventObject } from 'xstate';
import {
  createPolicyDriver,
  type MachineState,
  type PolicyDriver,
  type PolicyStep,
} from '../../src/engine/driver.ts';
import { build, planOf } from './policy-machines.ts';

const SEED = Number(process.env.SEED ?? 20261124);

/** Timers in the order of their time, then of their making. */
class Timeline<Content> {
  now = 0;
  #made = 0;
  readonly #pending = new Map<unknown, { due: number; order: number; content: Content }>();

  set(id: unknown, delayMs: number, content: Content): void {
    this.#pending.set(id, { due: this.now + delayMs, order: this.#made++, content });
  }

  cancel(id: unknown): void {
    this.#pending.delete(id);
  }

  clear(): void {
    this.#pending.clear();
  }

  /** What is due next, taken out. */
  next(): Content | undefined {
    const [first] = [...this.#pending].sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
    if (!first) return undefined;
    this.#pending.delete(first[0]);
    this.now = first[1].due;
    return first[1].content;
  }

  get dues(): number[] {
    return [...this.#pending.values()].map(({ due }) => due).sort((a, b) => a - b);
  }
}

/** A live actor whose clock stands still until it is told, with what it did since it was asked. */
class Live {
  readonly timers = new Timeline<() => void>();
  readonly #actor: AnyActor;
  #sends: unknown[] = [];
  #children: Readonly<Record<string, unknown>> = {};

  constructor(machine: AnyStateMachine) {
    let ids = 0;
    this.#actor = createActor(machine, {
      clock: {
        setTimeout: (run, ms) => {
          const id = ids++;
          this.timers.set(id, ms, run);
          return id;
        },
        clearTimeout: (id) => this.timers.cancel(id),
      },
      logger: () => {},
      inspect: (seen) => {
        if (seen.type === '@xstate.action' && seen.action.type === 'send') {
          this.#sends.push(seen.action.params);
        }
      },
    });
    this.#actor.subscribe({ error: () => {} });
    this.#actor.start();
  }

  get snapshot(): MachineState {
    return this.#actor.getSnapshot();
  }

  send(event: EventObject): void {
    this.#actor.send(event);
  }

  /** What it sent, and which invokes began, since the last time. */
  news(): { sends: unknown[]; invoked: string[]; invokes: string[] } {
    const { children } = this.snapshot;
    const active = this.snapshot.status === 'active' ? Object.keys(children) : [];
    const invoked = active.filter((id) => children[id] !== this.#children[id]);
    this.#children = children;
    const sends = this.#sends;
    this.#sends = [];
    return { sends, invoked: invoked.sort(), invokes: active.sort() };
  }
}

/** An instance as the engine keeps it: JSON, and timers of its own. */
class Durable {
  readonly timers = new Timeline<EventObject>();
  readonly #driver: PolicyDriver;
  #persisted = '';
  last: PolicyStep;

  constructor(driver: PolicyDriver) {
    this.#driver = driver;
    this.last = driver.initial();
    this.#take();
  }

  step(event: EventObject): PolicyStep {
    const state = this.#driver.restore(JSON.parse(this.#persisted));
    this.last = this.#driver.step(state, event);
    this.#take();
    return this.last;
  }

  #take(): void {
    const { state, timers, done } = this.last;
    this.#persisted = this.#driver.persist(state);
    for (const request of timers) {
      if (request.kind === 'cancel') this.timers.cancel(request.id);
      else this.timers.set(request.id, request.delayMs, request.event);
    }
    if (done) this.timers.clear();
  }
}

const history = fc.array(
  fc.record({ kind: fc.nat(39), event: fc.nat(5), n: fc.nat(6), pick: fc.nat(9) }),
  { minLength: 10, maxLength: 30 },
);

/** The next message: one of the domain's, or what an invoke that runs came to; `null`: time. */
function messageOf(
  { kind, event, n, pick }: { kind: number; event: number; n: number; pick: number },
  invokes: readonly string[],
): EventObject | null {
  const actorId = invokes[pick % Math.max(1, invokes.length)];
  if (kind < 20) return { type: `E${event}`, n } as EventObject;
  if (kind < 34 || actorId === undefined) return null;
  return kind < 38
    ? ({ type: `xstate.done.actor.${actorId}`, output: { n }, actorId } as EventObject)
    : ({ type: `xstate.error.actor.${actorId}`, error: { n }, actorId } as EventObject);
}

describe('the driver of policies', () => {
  test('gives the value, context, commands, timers and invokes of a live actor, over random machines and histories, through JSON', () => {
    const counts = { steps: 0, sends: 0, timers: 0, invoked: 0, refused: 0, ended: 0 };
    fc.assert(
      fc.property(planOf, history, (plan, moves) => {
        const machine = build(plan);
        const driver = createPolicyDriver(machine, { freeze: true, microstepsMax: 100 });
        const live = new Live(machine);
        const durable = new Durable(driver);
        compare(durable, live);
        for (const move of moves) {
          if (live.snapshot.status !== 'active') break;
          const message = messageOf(move, durable.last.invokes);
          if (message === null) {
            const fired = durable.timers.next();
            const isLive = live.timers.next();
            expect(fired === undefined).toBe(isLive === undefined);
            if (!fired || !isLive) continue;
            isLive();
            counts.timers++;
            if (isFailed(live, durable, fired)) return void counts.refused++;
          } else {
            live.send(message);
            if (isFailed(live, durable, message)) return void counts.refused++;
          }
          compare(durable, live);
          counts.steps++;
          counts.sends += durable.last.sends.length;
          counts.invoked += durable.last.invoked.length;
        }
        if (durable.last.done) counts.ended++;
      }),
      { seed: SEED, numRuns: 300 },
    );
    // That the comparison saw all of it.
    expect(counts.steps).toBeGreaterThan(1_500);
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(20);
  });

  /** Steps the instance; true where the live actor came to its error, and the driver threw. */
  function isFailed(live: Live, durable: Durable, message: EventObject): boolean {
    if (live.snapshot.status !== 'error') {
      durable.step(message);
      return false;
    }
    expect(() => durable.step(message)).toThrow();
    return true;
  }

  function compare({ last, timers }: Durable, live: Live): void {
    const { snapshot } = live;
    const news = live.news();
    expect(last.state.value).toEqual(snapshot.value);
    expect(last.state.context).toEqual(snapshot.context);
    expect(last.state.status).toBe(snapshot.status);
    expect(last.sends).toEqual(news.sends);
    expect(last.invoked.map(({ id }) => id).sort()).toEqual(news.invoked);
    expect([...last.invokes].sort()).toEqual(news.invokes);
    if (!last.done) expect(timers.dues).toEqual(live.timers.dues);
  }
});
