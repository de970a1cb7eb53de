import type { WorkStore } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { type Instance, noInstance, readInstance } from './instance.ts';
import type { BackgroundLimits } from './limits.ts';
import type { PolicyRuntime } from './policy-runtime.ts';

interface InstanceTools {
  readonly store: WorkStore;
  readonly limits: BackgroundLimits;
  readonly partition: number;
}

/**
 * The instances of one policy on one partition, kept in memory while the lease holds: the fence
 * sees to it that nobody else writes them.
 */
export class Instances {
  readonly #tools: InstanceTools;
  readonly #policy: PolicyRuntime;
  readonly #kept = new Map<string, Instance>();

  constructor(tools: InstanceTools, policy: PolicyRuntime) {
    this.#tools = tools;
    this.#policy = policy;
  }

  /** @throws StoreUnavailable */
  async read(arrivals: readonly Arrival[]): Promise<Map<string, Instance>> {
    const { store, partition } = this.#tools;
    const found = new Map<string, Instance>();
    const missing = new Set<string>();
    for (const arrival of arrivals) {
      const { instance: id } = arrival;
      const kept = this.#kept.get(id);
      if (kept) found.set(id, kept);
      else if (this.#beginsIt(arrival)) found.set(id, noInstance(id));
      else missing.add(id);
    }
    if (missing.size === 0) return found;
    const rows = [...missing];
    const bodies = await store.rows(partition, this.#policy.tables.instance, rows);
    for (const [index, id] of rows.entries())
      found.set(id, readInstance(id, bodies[index] ?? null));
    return found;
  }

  /**
   * Whether an event is the first that its instance ever gets. One that is read again, since its
   * checkpoint was set back, begins its instance anew: with the same ids for all that it sends.
   */
  #beginsIt(arrival: Arrival): boolean {
    if (this.#policy.definition.correlate !== 'event' || !('message' in arrival)) return false;
    return arrival.message.kind === 'event' && arrival.queued === undefined;
  }

  /** An instance as it was written. */
  set(instance: Instance): void {
    this.#kept.delete(instance.id);
    if (!instance.isStored) return;
    this.#kept.set(instance.id, instance);
    if (this.#kept.size <= this.#tools.limits.cachedInstancesMax) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
