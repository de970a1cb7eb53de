import type { Runtime } from '../runtime.ts';

/** Shorter waits are not worth a timer, in milliseconds. */
const WAIT_MS_MIN = 20;

/** Holds work to so many reads a second. */
export class Pace {
  readonly #runtime: Runtime;
  readonly #perSecond: number;
  readonly #since: number;
  #taken = 0;

  constructor(runtime: Runtime, perSecond: number) {
    this.#runtime = runtime;
    this.#perSecond = perSecond;
    this.#since = runtime.monotonic();
  }

  /** Waits until so many more may be read. */
  async take(count: number): Promise<void> {
    this.#taken += count;
    const elapsed = this.#runtime.monotonic() - this.#since;
    const waitMs = (this.#taken / this.#perSecond) * 1_000 - elapsed;
    if (waitMs >= WAIT_MS_MIN) await this.#runtime.sleep(waitMs);
  }
}
