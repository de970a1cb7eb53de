import type { Woken } from '../../engine/work-store.ts';

type Listener = (woken: Woken) => void;

/** Who listens for news within this process, and which partitions rest until there are some. */
export class WakeUps {
  readonly #listeners = new Set<{ readonly call: Listener }>();
  readonly #resting = new Set<number>();

  /** Whether a commit need ask at all. */
  get areAwaited(): boolean {
    return this.#resting.size > 0;
  }

  /** The next commit to the partition wakes it. */
  rest(partition: number): void {
    this.#resting.add(partition);
  }

  /** After a commit to the partition. */
  fed(partition: number): void {
    if (this.#resting.delete(partition)) this.tell(partition);
  }

  /** Calls every listener, each in a microtask of its own: a fault of one is no other's. */
  tell(woken: Woken): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener.call(woken);
      });
    }
  }

  /** @returns ends the calls */
  listen(call: Listener): () => void {
    const listener = { call };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
