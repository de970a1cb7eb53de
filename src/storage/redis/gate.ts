import type { StoreRefused } from '../../engine/store.ts';

interface Waiter {
  pass(): void;
  fail(problem: Error | null): void;
}

/** Holds calls back until a server was looked at and found right. */
export class Gate {
  #open = false;
  #problem: Error | null = null;
  readonly #waiting = new Set<Waiter>();

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
    this.#problem = null;
    for (const waiter of this.#waiting) waiter.pass();
  }

  /** Shuts it; what waits goes on waiting. A later problem is shown in place of an earlier one. */
  shut(problem: Error | null): void {
    this.#open = false;
    this.#problem = problem ?? this.#problem;
  }

  /** Shuts it, and what waits waits no longer: waiting will not mend this. */
  refuse(refusal: StoreRefused): void {
    this.shut(refusal);
    for (const waiter of this.#waiting) waiter.fail(refusal);
  }

  /** Resolves once it is open; rejects with the problem, if any is known, after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.#open) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        act();
      };
      const waiter: Waiter = {
        pass: () => settle(resolve),
        fail: (problem) => settle(() => reject(problem)),
      };
      const timer = setTimeout(() => waiter.fail(this.#problem), ms);
      this.#waiting.add(waiter);
    });
  }
}
