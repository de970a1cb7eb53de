import type { EngineLimits } from '../limits.ts';
import type { Log, Runtime } from '../runtime.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import type { Fence, Lease, WorkStore } from '../work-store.ts';

/** The work of one partition while its lease is held. */
export interface Held {
  /** There may be news. */
  wake(): void;
  /** Ends it: nothing of it writes any more when this resolves. Does not reject. */
  stop(): Promise<void>;
}

/** Begins the work of a partition. */
export type Hold = (partition: number, fence: Fence) => Held;

/** What leases are taken and kept with. */
export interface LeaseTools {
  readonly store: WorkStore & Pick<Store, 'partitions'>;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: EngineLimits;
  /** This node's name: new whenever its process starts. */
  readonly node: string;
}

/**
 * A fence that was never used: counted on from the last one, for those who read it, and random,
 * since a store that was restored counts again from what it had.
 */
export function nextFence(last: Fence | null, token: string): Fence {
  const count = last === null ? 0 : Number.parseInt(last, 10);
  return `${(Number.isSafeInteger(count) ? count : 0) + 1}.${token}` as Fence;
}

/** Calls the store, once more when no answer came: it knows what it has done already. */
export async function askTwice<T>(tools: LeaseTools, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    await tools.runtime.sleep(tools.limits.unavailableWaitMs);
    return ask();
  }
}

/**
 * What this node has to do with one partition's lease: takes it, works while it is held, gives it
 * back. These follow one another, each beginning when the one before has ended.
 */
export class LeaseSlot {
  #held: { readonly fence: Fence; readonly work: Held } | null = null;
  #underWay: Promise<void> = Promise.resolve();
  /** How many of those have not ended. */
  #pending = 0;
  /** Work that was told to end and has not. */
  #ending = 0;
  #isSettled = true;

  constructor(
    private readonly tools: LeaseTools,
    readonly partition: number,
    private readonly hold: Hold,
    /** Told of what went wrong. */
    private readonly complain: (error: unknown) => void,
  ) {}

  /** By which the lease is held; `null` when it is not. */
  get fence(): Fence | null {
    return this.#held?.fence ?? null;
  }

  /** Something is under way, or work that was told to end goes on. */
  get isBusy(): boolean {
    return this.#pending > 0 || this.#ending > 0;
  }

  /** Whether what was done last came to its end. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  wake(): void {
    this.#held?.work.wake();
  }

  /** Takes the lease from what it was when it was read, and begins the work. */
  take(current: Lease | null): void {
    const { node, runtime } = this.tools;
    const expected = current?.fence ?? null;
    void this.#then(async () => {
      const fence = nextFence(expected, runtime.token());
      const isTaken = await this.#swap(expected, { node, fence });
      if (isTaken) this.#held = { fence, work: this.hold(this.partition, fence) };
      return isTaken;
    });
  }

  /** Ends the work and gives back the lease, which this node has by that fence. */
  giveBack(fence: Fence): void {
    void this.#then(() => this.#giveBack(fence));
  }

  /** Ends the work: its fence no longer holds. */
  drop(fence: Fence): void {
    void this.#then(async () => {
      if (this.fence === fence) await this.#endWork();
      return true;
    });
  }

  /** Ends the work and gives the lease back, if it is held or about to be. Does not reject. */
  close(): Promise<void> {
    return this.#then(async () => this.fence === null || this.#giveBack(this.fence));
  }

  #then(action: () => Promise<boolean>): Promise<void> {
    this.#pending += 1;
    this.#underWay = this.#underWay.then(async () => {
      try {
        this.#isSettled = await action();
      } catch (error) {
        this.#isSettled = false;
        this.complain(error);
      }
      this.#pending -= 1;
    });
    return this.#underWay;
  }

  /** That another has taken it meanwhile is as good. */
  async #giveBack(fence: Fence): Promise<true> {
    await this.#endWork();
    // The fence stays: without a node it lets nobody write.
    await this.#swap(fence, { node: null, fence });
    return true;
  }

  /** Work that does not end in time is left behind: once the lease moves it cannot write. */
  async #endWork(): Promise<void> {
    const work = this.#held?.work;
    if (!work) return;
    this.#held = null;
    const { runtime, limits } = this.tools;
    const ended = new AbortController();
    const end = work.stop().finally(() => {
      this.#ending -= 1;
      ended.abort();
    });
    this.#ending += 1;
    await Promise.race([end, runtime.sleep(limits.leaseBeatMs, ended.signal)]);
  }

  #swap(expected: Fence | null, next: Lease): Promise<boolean> {
    const { store } = this.tools;
    return askTwice(this.tools, () => store.swapLease(this.partition, expected, next));
  }
}
