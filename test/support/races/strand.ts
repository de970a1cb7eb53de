import { createHash } from 'node:crypto';
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
  readonly #onTold: (strand: Strand) => void;
  #told: Told[] = [];
  #memory = '';
  #remembered = 0;
  #calls = 0;
  #tokens = 0;
  #isDead = false;

  /** @param onTold told whenever something reaches it */
  constructor(name: string, onTold: (strand: Strand) => void) {
    this.name = name;
    this.#onTold = onTold;
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
    this.#onTold(this);
    this.#told.push(told);
  }

  /** What it was told last of these. */
  last(...names: readonly string[]): Told | undefined {
    return this.#told.findLast(({ name }) => names.includes(name));
  }

  /** To be said where nothing is under way, and what it is told here is all that it remembers. */
  tellAnew(told: Told): void {
    this.#told = [told];
    this.#calls = 0;
    this.#memory = '';
    this.#remembered = 0;
  }

  /** All that it was told, as text. */
  get memory(): string {
    for (const told of this.#told.slice(this.#remembered)) this.#memory += JSON.stringify(told);
    this.#remembered = this.#told.length;
    return this.#memory;
  }

  nextCall(method: string): string {
    return `${this.name}.${method}#${++this.#calls}`;
  }

  /** An id; {@link withoutNames} knows it again. */
  token(): string {
    return `~${this.name} ${++this.#tokens}~`;
  }
}

/** Ids are compared with each other alone: which is which is all that matters of them. */
export function withoutNames(text: string): string {
  const numbers = new Map<string, number>();
  return text.replace(/~[^~ ]+ \d+~/g, (token) => {
    const number = numbers.get(token) ?? numbers.size;
    numbers.set(token, number);
    return `~${number}~`;
  });
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

export type Method = Exclude<keyof Store, 'partitions'>;

/** A call to the store that waits for its step. */
export interface Call {
  readonly strand: Strand;
  readonly method: Method;
  readonly label: string;
  /** Makes the call, and gives the strand its reply, unless it is dead. */
  readonly carryOut: () => Promise<void>;
}

/**
 * The store as one strand sees it.
 * @param isAtOnce whether a call is carried out when it is made; every other one is queued
 */
export function viewOf(
  store: Store,
  strand: Strand,
  isAtOnce: (method: Method, args: readonly unknown[]) => Promise<boolean>,
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
        const isNow = await isAtOnce(method, args);
        return new Promise((resolve, reject) => {
          const carryOut = () => answer(resolve).catch(reject);
          if (isNow) void carryOut();
          else if (!strand.isDead) queue({ strand, method, label, carryOut });
        });
      };
    },
  });
}
