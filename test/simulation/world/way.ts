import { type Store, StoreUnavailable } from '../../../src/engine/store.ts';
import type { Woken } from '../../../src/engine/work-store.ts';
import type { Method } from '../../support/faulty-store.ts';
import type { Faults } from './fates.ts';
import type { SimulatedNode } from './node.ts';
import type { Random } from './random.ts';
import { aboutCall, aboutReply } from './said.ts';
import type { Party, Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** After so long without an answer a call is given up, in ms. */
const GIVEN_UP_MS = 1_000;
const STILL_MS_MAX = 8_000;
/** How long a second copy of a request is on its way at most, in ms. */
export const LATE_MS_MAX = 3_000;

export interface WayTools {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  /** The store itself. */
  readonly store: Store;
  /** What goes wrong now. */
  readonly faults: () => Faults;
  /** How long a way takes at most, in ms. */
  readonly wayMsMax: number;
  /** Has another writer come first. */
  readonly interfere: (method: Method, args: readonly unknown[]) => Promise<void>;
}

type Body = Omit<SimulatedNode, 'engine'>;

/** What travels belongs to nobody who can stand still or die. */
const NETWORK: Party = { isDead: false, stillUntil: 0 };

/** The store as one node reaches it: every call and every answer is an event of its own. */
export function wayTo(tools: WayTools, node: Body): Store {
  const calls = new Map<PropertyKey, unknown>();
  return new Proxy(tools.store, {
    get: (target, property, receiver) => {
      const known = calls.get(property);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      const made = madeFor(tools, node, property, member);
      calls.set(property, made);
      return made;
    },
  });
}

function madeFor(tools: WayTools, node: Body, property: PropertyKey, member: object): unknown {
  const { store } = tools;
  if (property === 'epoch') return () => store.epoch();
  if (property === 'onWake')
    return (listener: (woken: Woken) => void) => hear(tools, node, listener);
  const carryOut = (args: readonly unknown[]): Promise<unknown> =>
    Promise.resolve(Reflect.apply(member as CallableFunction, store, args));
  return (...args: unknown[]) => new Call(tools, node, property as Method, args, carryOut).made;
}

function hear(tools: WayTools, node: Body, listener: (woken: Woken) => void): () => void {
  const { scheduler, random, store, wayMsMax } = tools;
  node.endWakes = store.onWake((woken) => {
    if (scheduler.now < node.deafUntil) return;
    scheduler.after(random.next() * wayMsMax, node, () => listener(woken));
  });
  return node.endWakes;
}

/** One call of a node to the store, on its way there and back. */
class Call {
  readonly made: Promise<unknown>;
  #resolve: (reply: unknown) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(
    private readonly tools: WayTools,
    private readonly node: Body,
    private readonly method: Method,
    private readonly args: readonly unknown[],
    private readonly carryOut: (args: readonly unknown[]) => Promise<unknown>,
  ) {
    this.made = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (!node.isDead) this.#begin();
  }

  #begin(): void {
    const { tools, method, args } = this;
    const fate = tools.faults().fateOf(method, args);
    if (fate !== 'answered') this.#note(`! ${fate}`, aboutCall(method, args));
    switch (fate) {
      case 'answered':
        this.#ask();
        break;
      case 'refused':
        this.#fail(this.#way(), 'no');
        break;
      case 'request lost':
        this.#fail(GIVEN_UP_MS, 'unknown');
        break;
      case 'request late':
        this.#fail(tools.random.next() * GIVEN_UP_MS, 'unknown');
        this.#send(GIVEN_UP_MS * (1 + 2 * tools.random.next()), () => {});
        break;
      case 'reply lost':
        this.#send(this.#way(), () => this.#fail(tools.random.next() * GIVEN_UP_MS, 'unknown'));
        break;
      case 'reply late':
        this.#send(this.#way(), (reply) => this.#answer(tools.random.next() * GIVEN_UP_MS, reply));
        break;
      case 'duplicate':
        this.#send(this.#way(), () => this.#ask());
        break;
      case 'late duplicate':
        this.#ask();
        this.#send(tools.random.next() * LATE_MS_MAX, () => {});
        break;
      case 'conflict':
        this.#interfered();
        break;
      case 'death before':
        this.#die();
        break;
      case 'death after':
        this.#send(this.#way(), () => this.#die());
        break;
      case 'stall before':
        this.#stall();
        this.#atNode(0, () => this.#ask());
        break;
      case 'stall after':
        this.#stall();
        this.#ask();
        break;
    }
  }

  /** There and back. */
  #ask(): void {
    this.#send(this.#way(), (reply) => this.#answer(this.#way(), reply));
  }

  #way(): number {
    return this.tools.random.next() * this.tools.wayMsMax;
  }

  /** Gets there after so long, and is carried out. */
  #send(ms: number, then: (reply: unknown) => void): void {
    this.tools.scheduler.after(ms, NETWORK, () => {
      this.carryOut(this.args).then(
        (reply) => {
          this.#note(this.method, `${aboutCall(this.method, this.args)} ${aboutReply(reply)}`);
          then(reply);
        },
        (error: unknown) => this.#atNode(0, () => this.#reject(error)),
      );
    });
  }

  #interfered(): void {
    this.tools.scheduler.after(this.#way(), NETWORK, () => {
      const come = this.tools.interfere(this.method, this.args);
      come.then(
        () => this.#send(0, (reply) => this.#answer(this.#way(), reply)),
        (error: unknown) => this.#reject(error),
      );
    });
  }

  #answer(ms: number, reply: unknown): void {
    this.#atNode(ms, () => this.#resolve(reply));
  }

  #fail(ms: number, applied: 'no' | 'unknown'): void {
    this.#atNode(ms, () => this.#reject(new StoreUnavailable('no answer', applied)));
  }

  #atNode(ms: number, run: () => void): void {
    this.tools.scheduler.after(ms, this.node, run);
  }

  #die(): void {
    if (this.node.isDead) return;
    this.node.isDead = true;
    this.node.endWakes();
    this.#note('dies', '');
  }

  #stall(): void {
    const { random, scheduler } = this.tools;
    this.node.stillUntil = scheduler.now + random.next() ** 2 * STILL_MS_MAX;
  }

  #note(what: string, about: string): void {
    this.tools.trace.note(this.tools.scheduler.now, this.node.number, what, about);
  }
}
