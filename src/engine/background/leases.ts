/**
 * Which partitions' background work this node runs. Nodes say by beats that they live; all come
 * to the same answer which of them is to hold which partition. That decides who tries; who may
 * write is decided by the lease's fence alone, in every step of the work.
 */
import { StoreUnavailable } from '../store.ts';
import type { Fence, Lease, Woken } from '../work-store.ts';
import { askTwice, type Hold, LeaseSlot, type LeaseTools } from './lease-slot.ts';
import { holderOf } from './rendezvous.ts';

export type { Held, LeaseTools } from './lease-slot.ts';

/** Leases are looked at in every so many cycles although nothing speaks for a change. */
const CYCLES_PER_LOOK = 5;

/** The leases of one node. */
export class Leases {
  readonly #tools: LeaseTools;
  readonly #slots: readonly LeaseSlot[];
  /** Nodes that lived at the last beat, and who of them is to hold each partition. */
  #live: readonly string[] = [];
  #holders: readonly (string | null)[] = [];
  /** When the last answered beat was sent, by the monotonic clock. */
  #beatAt = Number.NEGATIVE_INFINITY;
  #mustLook = true;
  #cyclesSinceLook = 0;
  #pause = new AbortController();
  #isStopping = false;
  #running: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;
  #endWakes: () => void = () => {};
  /** What was logged last; the same is not logged in every cycle. */
  #complaint: string | null = null;

  /** @param hold begins the work of a partition; it tells {@link lost} when its fence fails */
  constructor(tools: LeaseTools, hold: Hold) {
    this.#tools = tools;
    this.#slots = Array.from(
      { length: tools.store.partitions },
      (_, partition) => new LeaseSlot(tools, partition, hold, (error) => this.#complain(error)),
    );
  }

  /** Begins: beats, takes what this node is to hold, gives back what another is to, until stop. */
  start(): void {
    if (this.#running || this.#isStopping) return;
    this.#endWakes = this.#tools.store.onWake((woken) => this.#wake(woken));
    this.#running = this.#run();
  }

  /** Work found that its fence no longer holds: it is ended, and begun anew if it is to be. */
  lost(partition: number, fence: Fence): void {
    const slot = this.#slots[partition];
    if (slot?.fence === fence) slot.drop(fence);
  }

  /**
   * Ends all work, gives every lease back and leaves, so that others take over at once. Resolves
   * in a few seconds also when the store is out of reach, and does not reject.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Partitions held now. */
  held(): readonly number[] {
    return this.#slots.filter(({ fence }) => fence !== null).map(({ partition }) => partition);
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    this.#pause.abort();
    this.#endWakes();
    if (!this.#running) return;
    await Promise.all([this.#running, ...this.#slots.map((slot) => slot.close())]);
    const { store, node } = this.#tools;
    // After the last beat, which would bring it back to life.
    await askTwice(this.#tools, () => store.leave(node)).catch((error) => this.#complain(error));
  }

  #wake(woken: Woken): void {
    if (typeof woken === 'number') {
      this.#slots[woken]?.wake();
      return;
    }
    if (woken === 'all') for (const slot of this.#slots) slot.wake();
    this.#mustLook = true;
    this.#pause.abort();
  }

  async #run(): Promise<void> {
    const { runtime, limits } = this.#tools;
    while (!this.#isStopping) {
      // Made before the cycle: a wake-up during it is followed by another one.
      this.#pause = new AbortController();
      const { signal } = this.#pause;
      const since = runtime.monotonic();
      await this.#cycle();
      const waitMs = Math.max(0, limits.leaseBeatMs - (runtime.monotonic() - since));
      await runtime.sleep(waitMs, signal);
    }
  }

  async #cycle(): Promise<void> {
    try {
      await this.#beat();
      if (this.#shouldLook()) await this.#look();
      if (this.#slots.every((slot) => slot.isSettled && !slot.isBusy)) this.#complaint = null;
    } catch (error) {
      this.#complain(error);
    }
  }

  async #beat(): Promise<void> {
    const { store, runtime, limits, node } = this.#tools;
    const sentAt = runtime.monotonic();
    const live = await store.beat(node, limits.leaseTtlMs);
    // For so long it may have been taken for dead, and its leases with it.
    if (runtime.monotonic() - this.#beatAt > limits.leaseTtlMs) this.#mustLook = true;
    this.#beatAt = sentAt;
    if (live.join() === this.#live.join()) return;
    this.#live = live;
    this.#holders = this.#slots.map(({ partition }) => holderOf(partition, live));
    this.#mustLook = true;
  }

  #shouldLook(): boolean {
    this.#cyclesSinceLook += 1;
    return (
      this.#mustLook ||
      this.#cyclesSinceLook >= CYCLES_PER_LOOK ||
      this.#slots.some((slot) => !slot.isSettled || this.#isOurs(slot) !== (slot.fence !== null))
    );
  }

  /** Reads the leases and sets going what they ask for. */
  async #look(): Promise<void> {
    // One that changes while they are read may have been read as it was before.
    const still = this.#slots.filter((slot) => !slot.isBusy);
    this.#mustLook = false;
    try {
      const leases = await this.#tools.store.leases();
      this.#cyclesSinceLook = 0;
      for (const slot of still) {
        if (!slot.isBusy && !this.#isStopping) this.#arrange(slot, leases[slot.partition] ?? null);
      }
    } catch (error) {
      this.#mustLook = true;
      throw error;
    }
  }

  #arrange(slot: LeaseSlot, lease: Lease | null): void {
    const { node } = this.#tools;
    const { fence } = slot;
    const hasIt = lease?.node === node;
    if (fence !== null && !(hasIt && lease.fence === fence)) slot.drop(fence);
    else if (hasIt && !this.#isOurs(slot)) slot.giveBack(lease.fence);
    else if (fence === null && this.#isOurs(slot) && (hasIt || this.#isFree(lease))) {
      // What bears this node's name and is not held was taken when the reply was lost.
      slot.take(lease);
    }
  }

  /** Whether this node is to hold it. */
  #isOurs({ partition }: LeaseSlot): boolean {
    return this.#holders[partition] === this.#tools.node;
  }

  #isFree(lease: Lease | null): boolean {
    return lease === null || lease.node === null || !this.#live.includes(lease.node);
  }

  #complain(error: unknown): void {
    // A store that is out of reach shows elsewhere, and what it kept back is done when it is back.
    if (error instanceof StoreUnavailable || String(error) === this.#complaint) return;
    this.#complaint = String(error);
    this.#tools.log.error({ err: error }, 'the leases of background work could not be kept');
  }
}
