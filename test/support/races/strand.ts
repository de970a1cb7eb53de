import { createHash } from 'node:crypto';
import type { Runtime } from '../../../src/engine/runtime.ts';
import type { Store } from '../../../src/engine/store.ts';

/** Something that reaches a strand from outside. */
export interface Told {
  readonly name: string;
  /** The call that it answers. */
  readonly to?: string;
  /** JSON. */
  readonly value: unknown;
}

/**
 * A part of a node with a memory of its own: the background work of one partition, the mailbox of
 * one actor, a client. What it does next follows from what it was told, in the order in which it
 * was told it: so that is all there is to know of it.
 */
export class Strand {
  readonly name: string;
  /** What it asked for and has not got: calls to the store, outcomes of commands. */
  underWay = 0;
  #told: Told[] = [];
  #digested = 0;
  #digest = '';
  #calls = 0;
  #tokens = 0;
  #isDead = false;

  /** @param onTold told whenever something reaches it */
  constructor(
    name: string,
    private readonly onTold: () => void,
  ) {
    this.name = name;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** It makes no further call and gets no reply. */
  die(): void {
    this.#isDead = true;
  }

  /** To be said of everything that reaches it from outside. */
  tell(told: Told): void {
    this.onTold();
    this.#told.push(told);
  }

  /** What it was told last of these. */
  last(...names: readonly string[]): Told | undefined {
    return this.#told.findLast(({ name }) => names.includes(name));
  }

  /** To be said where all that it remembers is what it is told here. */
  tellAnew(told: Told): void {
    this.#told = [told];
    this.#calls = 0;
    this.#digested = 0;
    this.#digest = '';
  }

  /** Names what it was told so far. */
  get memory(): string {
    for (const told of this.#told.slice(this.#digested)) this.#digest += JSON.stringify(told);
    this.#digested = this.#told.length;
    return this.#digest;
  }

  nextCall(method: string): string {
    return `${this.name}.${method}#${++this.#calls}`;
  }

  token(): string {
    return `~${this.name} ${++this.#tokens}~`;
  }
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** A sleep that has not ended. */
interface Sleeper {
  readonly strand: Strand;
  readonly due: number;
  readonly wake: () => void;
}

/** One clock for all; it moves only when it is told to. */
export class Clock {
  /** Milliseconds since 1970. */
  now = Date.parse('2026-01-01T00:00:00.000Z');
  readonly #sleepers = new Set<Sleeper>();

  /** @param now what the strand's own clock says, where it is not this one */
  runtime(strand: Strand, now = () => this.now): Runtime {
    return {
      now,
      monotonic: () => this.now,
      busyMs: () => 0,
      uuid: () => strand.token(),
      token: () => strand.token(),
      random: () => 0.5,
      sleep: (ms, signal) => this.#sleep(strand, ms, signal),
      digest,
    };
  }

  /** When the first sleep ends before `limit`; `null`: none does. */
  firstDue(limit: number): number | null {
    let first = limit;
    for (const { due, strand } of this.#sleepers) {
      if (!strand.isDead && due < first) first = due;
    }
    return first === limit ? null : first;
  }

  /** Ends the sleeps until then. */
  moveTo(time: number): void {
    this.now = time;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.due > time || sleeper.strand.isDead) continue;
      this.#sleepers.delete(sleeper);
      sleeper.strand.tell({ name: 'time', value: time });
      sleeper.wake();
    }
  }

  #sleep(strand: Strand, ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted || strand.isDead) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper: Sleeper = { strand, due: this.now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }
}

/** A call to the store that waits for its step. */
export interface Call {
  readonly strand: Strand;
  readonly method: Method;
  readonly label: string;
  readonly carryOut: () => Promise<void>;
}

export type Method = Exclude<keyof Store, 'partitions'>;

/**
 * The store as one strand sees it.
 * @param isCarriedOutAtOnce whether a call is carried out when it is made; every other one is queued
 */
export function viewOf(
  store: Store,
  strand: Strand,
  isCarriedOutAtOnce: (method: Method, args: readonly unknown[]) => Promise<boolean>,
  queue: (call: Call) => void,
): Store {
  return new Proxy(store, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      const method = property as Method;
      if (method === 'epoch') return () => target.epoch();
      return async (...args: unknown[]) => {
        const label = strand.nextCall(method);
        strand.underWay++;
        const answer = async (resolve: (reply: unknown) => void): Promise<void> => {
          const reply: unknown = await Reflect.apply(member, target, args);
          if (strand.isDead) return;
          strand.tell({ name: method, to: label, value: reply });
          strand.underWay--;
          resolve(reply);
        };
        const isAtOnce = await isCarriedOutAtOnce(method, args);
        return new Promise((resolve, reject) => {
          const carryOut = () => answer(resolve).catch(reject);
          if (isAtOnce) void carryOut();
          else if (!strand.isDead) queue({ strand, method, label, carryOut });
        });
      };
    },
  });
}
