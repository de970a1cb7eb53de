import type { EngineLimits } from './limits.ts';
import type { Runtime } from './runtime.ts';
import { StoreUnavailable } from './store.ts';

/** How a node stands with a store that does not answer: for how long its commands wait. */
export class Patience {
  readonly #runtime: Runtime;
  readonly #limits: EngineLimits;
  #storeIsDown = false;

  constructor(runtime: Runtime, limits: EngineLimits) {
    this.#runtime = runtime;
    this.#limits = limits;
  }

  /** Whether a command taken at `since` is to be given up unsent. */
  isOver(since: number): boolean {
    return this.#storeIsDown && this.#isTooOld(since);
  }

  /**
   * Tries until it succeeds, while the store is out of reach and the command is young.
   * @param since when the oldest command was taken, by the monotonic clock
   * @param onFailure told of every failed try
   * @throws StoreUnavailable when patience is over, and any other error at once
   */
  async tryUntil<T>(
    since: number,
    attempt: () => Promise<T>,
    onFailure?: (error: StoreUnavailable) => void,
  ): Promise<T> {
    for (;;) {
      try {
        const result = await attempt();
        this.#storeIsDown = false;
        return result;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        this.#storeIsDown = true;
        onFailure?.(error);
        if (this.#isTooOld(since)) throw error;
        await this.#runtime.sleep(this.#limits.unavailableWaitMs);
      }
    }
  }

  #isTooOld(since: number): boolean {
    return this.#runtime.monotonic() - since > this.#limits.unavailableAgeMsMax;
  }
}
