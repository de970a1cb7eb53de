/** The background work of a node: policies and projections on the partitions whose lease it holds. */

import { beginGenerations } from '../generations/begin.ts';
import { Conductor, type ConductorTools } from '../generations/conductor.ts';
import type { EngineLimits } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Fence } from '../work-store.ts';
import { type Held, Leases } from './leases.ts';
import { PartitionWork } from './partition-work.ts';
import type { BackgroundTools } from './tools.ts';
import { Turnstile } from './turnstile.ts';

/** Whose holder conducts the rebuilds. */
const CONDUCTING_PARTITION = 0;
/** How long one page of history may take before another partition's may come beside it, in ms. */
const BACKFILL_MS_MAX = 1_000;

export class Background {
  readonly #tools: BackgroundTools & ConductorTools;
  readonly #leases: Leases;
  /** What the node is called among those that hold leases. */
  readonly node: string;
  #isStarted = false;
  #hasLeases = false;

  /** @param engineLimits for how often the node says that it lives */
  constructor(
    tools: Omit<BackgroundTools, 'turnstile' | 'backfills' | 'indexing'> &
      Pick<ConductorTools, 'projections'>,
    engineLimits: EngineLimits,
    runtime: Runtime,
  ) {
    const { cyclesMax, cycleMsMax, backfillsMax, indexersMax } = tools.limits;
    const turnstile = new Turnstile(runtime, cyclesMax, cycleMsMax);
    const backfills = new Turnstile(runtime, backfillsMax, BACKFILL_MS_MAX);
    const indexing = new Turnstile(runtime, indexersMax, BACKFILL_MS_MAX);
    this.#tools = { ...tools, turnstile, backfills, indexing };
    const { store, log } = tools;
    this.node = runtime.uuid();
    this.#leases = new Leases(
      { store, runtime, log, limits: engineLimits, node: this.node },
      (partition, fence) => this.#hold(partition, fence),
    );
  }

  /** Subscribes, then begins. @throws StoreUnavailable */
  async start(): Promise<void> {
    const { store, policies, projections } = this.#tools;
    if (this.#isStarted) return;
    if (policies.length + projections.size === 0) {
      // Until somebody looks, there is nothing to do.
      this.#isStarted = true;
      return;
    }
    const generations = await beginGenerations(this.#tools);
    await store.subscribe([
      ...policies.map(({ definition: { name, from } }) => ({ name, from })),
      // A read model is of all that ever happened.
      ...generations.map((name) => ({ name, from: 'beginning' as const })),
    ]);
    this.#isStarted = true;
    this.#begin();
  }

  /** Has partitions worked on for the sake of their indexes, also where nothing else needs it. */
  beginIndexing(): void {
    if (this.#isStarted) this.#begin();
  }

  #begin(): void {
    if (this.#hasLeases) return;
    this.#hasLeases = true;
    this.#leases.start();
  }

  /** The partitions whose background work this node runs now. */
  held(): readonly number[] {
    return this.#leases.held();
  }

  /** Ends the work and hands its leases over; a start under way takes none. Does not reject. */
  stop(): Promise<void> {
    return this.#leases.stop();
  }

  #hold(partition: number, fence: Fence): Held {
    const work = new PartitionWork(this.#tools, partition, fence, () =>
      this.#leases.lost(partition, fence),
    );
    if (partition !== CONDUCTING_PARTITION) return work;
    const conductor = new Conductor(this.#tools);
    return {
      wake: () => work.wake(),
      async stop() {
        await Promise.all([work.stop(), conductor.stop()]);
      },
    };
  }
}
