/** The background work of a node: policies and projections on the partitions whose lease it holds. */

import type { EngineLimits } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Fence } from '../work-store.ts';
import { Leases } from './leases.ts';
import { PartitionWork } from './partition-work.ts';
import type { BackgroundTools } from './tools.ts';
import { Turnstile } from './turnstile.ts';

export class Background {
  readonly #tools: BackgroundTools;
  readonly #leases: Leases;
  #isStarted = false;

  /** @param engineLimits for how often the node says that it lives */
  constructor(
    tools: Omit<BackgroundTools, 'turnstile'>,
    engineLimits: EngineLimits,
    runtime: Runtime,
  ) {
    const { cyclesMax, cycleMsMax } = tools.limits;
    const turnstile = new Turnstile(runtime, cyclesMax, cycleMsMax);
    this.#tools = { ...tools, turnstile };
    const { store, log } = tools;
    this.#leases = new Leases(
      { store, runtime, log, limits: engineLimits, node: runtime.uuid() },
      (partition, fence) => this.#hold(partition, fence),
    );
  }

  /** Subscribes, then begins. @throws StoreUnavailable */
  async start(): Promise<void> {
    const { store, policies, projections } = this.#tools;
    const subscribers = [
      ...policies.map(({ definition: { name, from } }) => ({ name, from })),
      // A read model is of all that ever happened.
      ...projections.map(({ name }) => ({ name, from: 'beginning' as const })),
    ];
    if (subscribers.length === 0 || this.#isStarted) return;
    await store.subscribe(subscribers);
    this.#isStarted = true;
    this.#leases.start();
  }

  /** Ends the work and hands its leases over; a start under way takes none. Does not reject. */
  stop(): Promise<void> {
    return this.#leases.stop();
  }

  #hold(partition: number, fence: Fence): PartitionWork {
    return new PartitionWork(this.#tools, partition, fence, () =>
      this.#leases.lost(partition, fence),
    );
  }
}
