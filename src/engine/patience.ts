import type { EngineLimits } from './limits.ts';
import type { Runtime } from './runtime.ts';
import { StoreUnavailable } from './store.ts';

/** Makes a call to the store again for as long as the patience of a turn's commands lasts. */
export type TryStore = <T>(
  attempt: () => Promise<T>,
  /** Told of every failed try. */
  onFailure?: (error: StoreUnavailable) => void,
) => Promise<T>;

/** For how long commands wait for a store that does not answer. */
export class Patience {
  readonly #runtime: Runtime;
  readonly #limits: EngineLimits;

  constructor(runtime: Runtime, limits: EngineLimits) {
    this.#runtime = runtime;
    this.#limits = limits;
  }

  /** Whether a command taken at `since` is not to be sent to a store that did not answer last. */
  isOver(since: number): boolean {
    return this.#runtime.monotonic() - since > this.#limits.unavailableAgeMsMax;
  }

  /**
   * Tries until it succeeds, while the store is out of reach and the command is young.
   * @param since when the oldest command was taken, by the monotonic clock
   * @param onFailure told of every failed try
   * @throws StoreUnavailable when patience is over, and any other error at once
   */
  tryUntil<T>(
    since: number,
    attempt: () => Promise<T>,
    onFailure?: (error: StoreUnavailable) => void,
  ): Promise<T> {
    // Nearly every first try succeeds: no loop is set up for it.
    return attempt().catch((error) => this.#tryAgain(since, attempt, onFailure, error));
  }

  async #tryAgain<T>(
    since: number,
    attempt: () => Promise<T>,
    onFailure: ((error: StoreUnavailable) => void) | undefined,
    firstError: unknown,
  ): Promise<T> {
    for (let error = firstError; ; ) {
      if (!(error instanceof StoreUnavailable)) throw error;
      onFailure?.(error);
      if (this.isOver(since)) throw error;
      await this.#runtime.sleep(this.#limits.unavailableWaitMs);
      try {
        return await attempt();
      } catch (next) {
        error = next;
      }
    }
  }
}
