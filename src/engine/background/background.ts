/** The background work of a node: policies and projections on the partitions whose lease it holds. */

import { beginGenerations } from '../generations/begin.ts';
import { Conductor, type ConductorTools } from '../generations/conductor.ts';
import type { EngineLimits } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Fence } from '../work-store.ts';
import { type Held, Leases } from './leases.ts';
import { Pace } from './pace.ts';
import { PartitionWork } from './partition-work.ts';
import type { BackgroundTools } from './tools.ts';
import { Turnstile } from './turnstile.ts';

/** Whose holder conducts the rebuilds. */
const CONDUCTING_PARTITION = 0;
/** How long one page of history may take before another partition's may come beside it, in ms. */
const BACKFILL_MS_MAX = 1_000;

export class Background {
  readonly #tools: BackgroundTools & ConductorTools;
  readonly #engineLimits: EngineLimits;
  readonly #ending = new AbortController();
  /** What the node is called among those that hold leases. */
  readonly node: string;
  #isStarted = false;
  /** `null` while there is nothing to do. */
  #leases: Leases | null = null;
  /** When somebody looked last, by the monotonic clock. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Where nothing but the index needs it: the work, as long as somebody looks. */
  #indexing: Promise<void> | null = null;

  /** @param engineLimits for how often the node says that it lives */
  constructor(
    tools: Omit<BackgroundTools, 'turnstile' | 'backfills' | 'indexing' | 'pace'> &
      Pick<ConductorTools, 'projections'>,
    engineLimits: EngineLimits,
    runtime: Runtime,
  ) {
    const { cyclesMax, cycleMsMax, backfillsMax, indexersMax, indexIntervalMs } = tools.limits;
    const turnstile = new Turnstile(runtime, cyclesMax, cycleMsMax);
    const backfills = new Turnstile(runtime, backfillsMax, BACKFILL_MS_MAX);
    const indexing = new Turnstile(runtime, indexersMax, BACKFILL_MS_MAX);
    const pace = new Pace(runtime, indexIntervalMs);
    this.#tools = { ...tools, turnstile, backfills, indexing, pace };
    this.#engineLimits = engineLimits;
    this.node = runtime.uuid();
  }

  /** Subscribes, then begins. @throws StoreUnavailable */
  async start(): Promise<void> {
    const { store, policies } = this.#tools;
    if (this.#isStarted) return;
    if (!this.#hasSubscribers) {
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

  /**
   * Has partitions worked on for the sake of their indexes for a while, also where nothing else
   * needs it: to be called whenever somebody looks.
   */
  beginIndexing(): void {
    if (!this.#isStarted || this.#hasSubscribers) return;
    this.#lookedAt = this.#tools.runtime.monotonic();
    this.#indexing ??= this.#indexWhileWanted();
  }

  get #hasSubscribers(): boolean {
    const { policies, projections } = this.#tools;
    return policies.length + projections.size > 0;
  }

  get #wantedMs(): number {
    const { runtime, limits } = this.#tools;
    return this.#lookedAt + limits.indexWantedMs - runtime.monotonic();
  }

  /** Leases are given back when nobody looks: a commit would wake who holds one. Does not reject. */
  async #indexWhileWanted(): Promise<void> {
    const { signal } = this.#ending;
    while (this.#wantedMs > 0 && !signal.aborted) {
      const leases = this.#begin();
      while (this.#wantedMs > 0 && !signal.aborted) {
        await this.#tools.runtime.sleep(this.#wantedMs, signal);
      }
      await leases?.stop();
      this.#leases = null;
    }
    this.#indexing = null;
  }

  #begin(): Leases | null {
    if (this.#leases !== null || this.#ending.signal.aborted) return this.#leases;
    const { store, log, runtime } = this.#tools;
    const tools = { store, runtime, log, limits: this.#engineLimits, node: this.node };
    const leases: Leases = new Leases(tools, (partition, fence) =>
      this.#hold(partition, fence, () => leases.lost(partition, fence)),
    );
    leases.start();
    this.#leases = leases;
    return leases;
  }

  /** The partitions whose background work this node runs now. */
  held(): readonly number[] {
    return this.#leases?.held() ?? [];
  }

  /** Ends the work and hands its leases over; a start under way takes none. Does not reject. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#leases?.stop(), this.#indexing]);
  }

  /** @param onLost told when the fence fails */
  #hold(partition: number, fence: Fence, onLost: () => void): Held {
    const work = new PartitionWork(this.#tools, partition, fence, onLost);
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
