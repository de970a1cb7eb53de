import fc, { type Arbitrary } from 'fast-check';
import { oneOf, randomFrom } from '../faults/seed.ts';

const STOCK = 256;

/** Draws choices and generated values, the same for the same seed. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  /** A whole number, both ends included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  one<T>(all: readonly T[]): T {
    return oneOf(this.#random, all);
  }

  /** One of the keys, as often as its weight says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    let sum = 0;
    for (const key in weights) sum += weights[key];
    let left = this.#random() * sum;
    for (const key in weights) {
      left -= weights[key];
      if (left < 0) return key;
    }
    throw new Error('there is nothing to choose from');
  }

  /**
   * Values of a fast-check generator, one a call. They are made many at a time: one at a time each
   * would cost more than the request that it goes into.
   */
  stock<T>(arbitrary: Arbitrary<T>): () => T {
    let values: IterableIterator<T> = [].values();
    return () => {
      for (;;) {
        const { done, value } = values.next();
        if (!done) return value;
        values = fc.sample(arbitrary, { seed: this.below(2 ** 31), numRuns: STOCK }).values();
      }
    };
  }
}
