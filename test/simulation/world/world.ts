import type { Method } from '../../support/faulty-store.ts';
import { Content } from './content.ts';
import { type Faults, NO_FAULTS } from './fates.ts';
import { interfere } from './interference.ts';
import { makeNode, type NodeTools, type SimulatedNode } from './node.ts';
import { type Random, streamOf } from './random.ts';
import { type Party, Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';
import { wayTo } from './way.ts';

export const NODES = 3;
const PARTITIONS_MAX = 5;
/** By how much clocks are apart from the beginning, at most, in ms. */
const AHEAD_MS_MAX = 2_000;

/** Who is no node: clients, and the run itself. */
export const OUTSIDE: Party = { isDead: false, stillUntil: 0 };

/** One run's nodes, their store and their time. */
export class World {
  readonly scheduler: Scheduler;
  readonly content: Content;
  readonly trace: Trace;
  readonly nodes: SimulatedNode[] = [];
  faults: Faults = NO_FAULTS;
  /** What a node runs: to be set before the first one joins. */
  appFor: NodeTools['appFor'] = () => {
    throw new Error('there is no app');
  };
  readonly #random: Random;
  /** How long a way to the store or back takes at most, in ms. */
  readonly #wayMsMax: number;

  constructor(seed: number, trace: Trace) {
    this.trace = trace;
    this.#random = streamOf(seed, 1);
    this.scheduler = new Scheduler(streamOf(seed, 2));
    this.#wayMsMax = this.#random.oneOf([0.5, 2, 8]);
    const partitions = 1 + this.#random.below(PARTITIONS_MAX);
    this.content = new Content(this.scheduler, partitions);
  }

  /** Those that take commands. */
  get serving(): readonly SimulatedNode[] {
    return this.nodes.filter(({ isDead, isLeaving }) => !isDead && !isLeaving);
  }

  /** A further node begins. */
  join(): void {
    const aheadMs = Math.round(this.#random.between(-1, 1) ** 3 * AHEAD_MS_MAX);
    const random = streamOf(this.#random.below(2 ** 30), this.nodes.length);
    const { scheduler, trace, content, appFor } = this;
    const { store } = content;
    const way = {
      scheduler,
      random,
      trace,
      store,
      wayMsMax: this.#wayMsMax,
      faults: () => this.faults,
      interfere: (method: Method, args: readonly unknown[]) =>
        interfere(store, random, method, args),
    };
    const reach: NodeTools['reach'] = (node) => wayTo(way, node);
    const number = this.nodes.length + 1;
    const node = makeNode(number, { appFor, scheduler, random, reach }, aheadMs);
    this.nodes.push(node);
    trace.note(scheduler.now, number, 'begins', `${aheadMs} ms ahead`);
    void this.#start(node);
  }

  /** As long as the store does not take it, a node that begins tries again. */
  async #start(node: SimulatedNode): Promise<void> {
    for (;;) {
      try {
        return await node.engine.start();
      } catch {
        await this.scheduler.pause(100, node);
      }
    }
  }
}
