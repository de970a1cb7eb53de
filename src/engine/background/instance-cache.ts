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

  /**
   * @param taken no position after it was ever taken: an event from there is surely new
   * @throws StoreUnavailable
   */
  async read(arrivals: readonly Arrival[], taken: number): Promise<Map<string, Instance>> {
    const { store, partition } = this.#tools;
    const found = new Map<string, Instance>();
    const missing = new Set<string>();
    for (const arrival of arrivals) {
      const { instance: id } = arrival;
      const kept = this.#kept.get(id);
      if (kept) found.set(id, kept);
      else if (this.#beginsIt(arrival, taken)) found.set(id, noInstance(id));
      else missing.add(id);
    }
    if (missing.size === 0) return found;
    const rows = [...missing];
    const bodies = await store.rows(partition, this.#policy.tables.instance, rows);
    for (const [index, id] of rows.entries())
      found.set(id, readInstance(id, bodies[index] ?? null));
    return found;
  }

  /** Whether an event is the first that its instance ever gets: then there is nothing to read. */
  #beginsIt(arrival: Arrival, taken: number): boolean {
    if (this.#policy.definition.correlate !== 'event' || !('message' in arrival)) return false;
    const { message, queued } = arrival;
    return message.kind === 'event' && queued === undefined && message.place[1] > taken;
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
