import type { App } from '../../../src/define/index.ts';
import { Content } from './content.ts';
import { type Faults, NO_FAULTS } from './fates.ts';
import { interfere } from './interference.ts';
import { makeNode, type SimulatedNode } from './node.ts';
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
  /** Lives that ended badly. */
  deaths = 0;
  readonly #app: App;
  readonly #random: Random;
  readonly #wayMsMax: number;

  constructor(seed: number, app: App, trace: Trace) {
    this.trace = trace;
    this.#app = app;
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

  /** All clocks agree from now on that did not, if `isExact`. */
  join(isExact = false): SimulatedNode {
    const aheadMs = isExact ? 0 : Math.round(this.#random.between(-1, 1) ** 3 * AHEAD_MS_MAX);
    const random = streamOf(this.#random.below(2 ** 30), this.nodes.length);
    const { scheduler, trace, content } = this;
    const way = {
      scheduler,
      random,
      trace,
      store: content.store,
      faults: () => this.faults,
      wayMsMax: this.#wayMsMax,
      interfere: (
        ...call: Parameters<typeof interfere> extends [unknown, unknown, ...infer Rest]
          ? Rest
          : never
      ) => interfere(content.store, random, ...call),
      onDeath: () => {
        this.deaths += 1;
      },
    };
    const tools = {
      app: this.#app,
      scheduler,
      random,
      reach: (node: Omit<SimulatedNode, 'engine'>) => wayTo(way, node),
    };
    const node = makeNode(this.nodes.length + 1, tools, aheadMs);
    this.nodes.push(node);
    trace.note(scheduler.now, node.number, 'begins', `${aheadMs} ms ahead`);
    void this.#start(node);
    return node;
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
