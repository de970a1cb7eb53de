import { setImmediate as settled } from 'node:timers/promises';
import type { Store } from '../../src/engine/store.ts';

/** A store call that one node has made and that has not been carried out. */
interface Call {
  readonly node: number;
  readonly name: string;
  readonly carryOut: () => Promise<void>;
}

/** One way a run can go: which waiting call is carried out next, or which node dies. */
interface Option {
  readonly label: string;
  readonly take: () => Promise<void>;
}

/**
 * Steps several nodes through their store calls, in an order that `choose` picks. Each node works
 * on its own view of one store; a node that died makes no further call and gets no reply.
 */
export class Stepper {
  readonly #calls: Call[] = [];
  readonly #dead = new Set<number>();
  readonly #sleepers: { readonly node: number; readonly wake: () => void }[] = [];
  #earlyWakes: number;
  /** What was done, for the message of a failing run. */
  readonly steps: string[] = [];

  /**
   * @param earlyWakes how many waits of a run may end while other nodes still have something to
   *   do; every further one ends when nothing else goes on, as a wait is meant to
   */
  constructor(earlyWakes: number) {
    this.#earlyWakes = earlyWakes;
  }

  /** The wait of one node, for its runtime. */
  sleep(node: number): Promise<void> {
    return new Promise((wake) => {
      if (!this.#dead.has(node)) this.#sleepers.push({ node, wake });
    });
  }

  /** The store as one node sees it: every call waits for its step. */
  view(node: number, store: Store): Store {
    return new Proxy(store, {
      get: (target, property, receiver) => {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function') return member;
        const method = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
        if (property === 'epoch' || property === 'pendingAsync') return method;
        return (...args: unknown[]) => this.#call(node, String(property), () => method(...args));
      },
    });
  }

  #call(node: number, name: string, carryOut: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#dead.has(node)) return;
      this.#calls.push({
        node,
        name,
        carryOut: async () => {
          try {
            const result = await carryOut();
            if (!this.#dead.has(node)) resolve(result);
          } catch (error) {
            reject(error);
          }
        },
      });
    });
  }

  /**
   * Steps until no call and no node waits.
   * @param mayDie the nodes that may die, before or after any of their calls
   */
  async run(choose: (options: number) => number, mayDie: readonly number[]): Promise<void> {
    for (;;) {
      await settled();
      const options = this.#options(mayDie);
      if (options.length === 0) return;
      const option = options[choose(options.length)];
      if (!option) throw new Error('a choice outside of the options');
      this.steps.push(option.label);
      await option.take();
    }
  }

  #options(mayDie: readonly number[]): Option[] {
    // One call a node at a time: what one node asks for at once is carried out in its order.
    const first = new Map<number, Call>();
    for (const call of this.#calls) if (!first.has(call.node)) first.set(call.node, call);
    const options: Option[] = [];
    for (const call of first.values()) {
      const label = `${call.node}.${call.name}`;
      options.push({ label, take: () => this.#carryOut(call) });
      if (!mayDie.includes(call.node)) continue;
      options.push({ label: `${label} never sent`, take: async () => this.#kill(call.node) });
      options.push({
        label: `${label} unanswered`,
        take: () => {
          const done = this.#carryOut(call);
          this.#kill(call.node);
          return done;
        },
      });
    }
    const isEarly = options.length > 0;
    if (isEarly && this.#earlyWakes === 0) return options;
    for (const sleeper of this.#sleepers) {
      options.push({
        label: `${sleeper.node}.wake`,
        take: async () => this.#wake(sleeper, isEarly),
      });
    }
    return options;
  }

  #wake(sleeper: { node: number; wake: () => void }, isEarly: boolean): void {
    if (isEarly) this.#earlyWakes--;
    this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
    sleeper.wake();
  }

  #carryOut(call: Call): Promise<void> {
    this.#calls.splice(this.#calls.indexOf(call), 1);
    return call.carryOut();
  }

  #kill(node: number): void {
    this.#dead.add(node);
    for (let index = this.#calls.length - 1; index >= 0; index--) {
      if (this.#calls[index]?.node === node) this.#calls.splice(index, 1);
    }
    for (let index = this.#sleepers.length - 1; index >= 0; index--) {
      if (this.#sleepers[index]?.node === node) this.#sleepers.splice(index, 1);
    }
  }
}

/**
 * Runs `scenario` once for every sequence of choices, depth first.
 * @returns how many schedules there were
 * @throws the first error of a scenario
 */
export async function explore(
  scenario: (choose: (options: number) => number) => Promise<void>,
): Promise<number> {
  const chosen: { choice: number; options: number }[] = [];
  let schedules = 0;
  for (;;) {
    let depth = 0;
    await scenario((options) => {
      const step = chosen[depth] ?? { choice: 0, options };
      chosen[depth] = step;
      depth++;
      return step.choice;
    });
    schedules++;
    chosen.length = depth;
    while (chosen.length > 0) {
      const last = chosen.at(-1);
      if (last && last.choice + 1 < last.options) {
        chosen[chosen.length - 1] = { choice: last.choice + 1, options: last.options };
        break;
      }
      chosen.pop();
    }
    if (chosen.length === 0) return schedules;
  }
}
