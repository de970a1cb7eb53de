import type { Runtime } from '../runtime.ts';

interface Place {
  isLeft: boolean;
}

/**
 * Lets so many through at once; the others wait in line. While a partition waits its turn its feed
 * grows, so that a busy node takes more records at a time, and an idle one takes each at once. Who
 * takes longer than is usual, since its part of the store is out of reach, holds up nobody: its
 * place is given on.
 */
export class Turnstile {
  readonly #runtime: Runtime;
  readonly #msMax: number;
  readonly #line: ((leave: () => void) => void)[] = [];
  readonly #inside = new Set<Place>();
  readonly #places: number;
  #isWatching = false;

  /** @param msMax how long somebody may hold a place that others wait for, in milliseconds */
  constructor(runtime: Runtime, places: number, msMax: number) {
    this.#runtime = runtime;
    this.#places = places;
    this.#msMax = msMax;
  }

  /** @returns leaves again; to be called once */
  async enter(): Promise<() => void> {
    if (this.#inside.size < this.#places) return this.#admit();
    const admitted = new Promise<() => void>((admit) => this.#line.push(admit));
    if (!this.#isWatching) void this.#watch();
    return admitted;
  }

  #admit(): () => void {
    const place: Place = { isLeft: false };
    this.#inside.add(place);
    return () => {
      if (!place.isLeft) this.#leave(place);
    };
  }

  #leave(place: Place): void {
    place.isLeft = true;
    this.#inside.delete(place);
    this.#line.shift()?.(this.#admit());
  }

  /** As long as somebody waits: takes the places of those who were inside all the time. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (this.#line.length > 0) {
      const inside = [...this.#inside];
      await this.#runtime.sleep(this.#msMax);
      for (const place of inside) if (!place.isLeft && this.#line.length > 0) this.#leave(place);
    }
    this.#isWatching = false;
  }
}
