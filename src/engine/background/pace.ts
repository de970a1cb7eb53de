import type { Runtime } from '../runtime.ts';

/** Between two looks at how busy the node is, at least, in milliseconds. */
const LOOK_MS = 100;
/** The share of its time for which a node is at work where it is busy. */
const BUSY_SHARE = 0.6;

/**
 * How fast what is far behind comes, all of a node's together: page after page where the node has little
 * else to do, at intervals that double, up to a bound, where it is busy.
 */
export class Pace {
  readonly #runtime: Runtime;
  readonly #intervalMsMax: number;
  #intervalMs: number;
  /** When the next page may begin, by the monotonic clock. */
  #nextAt = Number.NEGATIVE_INFINITY;
  #looked = { at: Number.NEGATIVE_INFINITY, busyMs: 0 };

  /** @param intervalMsMax between two pages of a busy node, in milliseconds */
  constructor(runtime: Runtime, intervalMsMax: number) {
    this.#runtime = runtime;
    this.#intervalMsMax = intervalMsMax;
    this.#intervalMs = intervalMsMax;
  }

  /** After a page: waits until there may be another one, at least until others had their turn. */
  async wait(signal: AbortSignal): Promise<void> {
    const now = this.#runtime.monotonic();
    this.#look(now);
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    await this.#runtime.sleep(at - now, signal);
  }

  #look(at: number): void {
    const passedMs = at - this.#looked.at;
    if (passedMs < LOOK_MS) return;
    const busyMs = this.#runtime.busyMs();
    const isBusy = busyMs - this.#looked.busyMs > BUSY_SHARE * passedMs;
    this.#looked = { at, busyMs };
    const next = isBusy ? 2 * this.#intervalMs + 1 : this.#intervalMs / 2;
    this.#intervalMs = Math.min(next, this.#intervalMsMax);
  }
}
