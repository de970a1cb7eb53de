import type { Runtime } from '../../../src/engine/runtime.ts';
import { digest, type Strand } from './strand.ts';

/** Longer than anything is waited for: whoever sleeps so long has nothing to do. */
export const IDLE_MS = 1_000_000;

/** A sleep that has not ended. */
interface Sleeper {
  readonly strand: Strand;
  readonly due: number;
  readonly wake: () => void;
}

/** One clock for all; it moves only when it is told to. */
export class Clock {
  readonly begin = Date.parse('2026-01-01T00:00:00.000Z');
  readonly #sleepers = new Set<Sleeper>();
  #now = this.begin;

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#now;
  }

  /** @param now what the strand takes for the time of day, where it is not this clock's */
  runtime(strand: Strand, now = () => this.#now): Runtime {
    return {
      now,
      monotonic: () => this.#now,
      uuid: () => strand.token(),
      token: () => strand.token(),
      random: () => 0.5,
      sleep: (ms, signal) => this.#sleep(strand, ms, signal),
      digest,
    };
  }

  /** Whether somebody waits for a time. */
  get isAwaited(): boolean {
    return this.#living().length > 0;
  }

  /** Moves on to the first time that is waited for. */
  pass(): void {
    this.#now = Math.min(...this.#living().map(({ due }) => due));
    for (const sleeper of this.#living()) {
      if (sleeper.due > this.#now) continue;
      sleeper.strand.tell({ name: 'time', value: this.#now });
      sleeper.wake();
    }
  }

  #living(): readonly Sleeper[] {
    return [...this.#sleepers].filter(({ strand }) => !strand.isDead);
  }

  #sleep(strand: Strand, ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { strand, due: this.#now + ms, wake };
      if (ms < IDLE_MS) this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }
}
