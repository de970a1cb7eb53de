import type { Runtime } from '../runtime.ts';

/** The reason of an abort: without one the platform makes an error, with its stack. */
const WOKEN = 'woken';

/** Says that there is something to look at. What is said while nobody waits is not lost. */
export class Signal {
  #isSet = false;
  #wake: (() => void) | null = null;

  set(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  /** Waits until it is set, and takes it back. */
  async wait(): Promise<void> {
    if (!this.#isSet) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = null;
    this.#isSet = false;
  }

  /** As {@link wait}, but no longer than so many milliseconds. */
  async waitFor(runtime: Runtime, ms: number): Promise<void> {
    if (!this.#isSet) {
      const ended = new AbortController();
      this.#wake = () => ended.abort(WOKEN);
      await runtime.sleep(ms, ended.signal);
    }
    this.#wake = null;
    this.#isSet = false;
  }
}
