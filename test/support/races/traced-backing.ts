import type { Backing, Decide, Range, Reader } from '../../../src/storage/kv/backing.ts';
import type { Footprint } from '../footprint.ts';

/** A backing that tells what is read and written. */
export class TracedBacking implements Backing {
  readonly #backing: Backing;
  readonly #footprint: () => Footprint;

  constructor(backing: Backing, footprint: () => Footprint) {
    this.#backing = backing;
    this.#footprint = footprint;
  }

  get committed(): Reader {
    return this.#traced(this.#backing.committed);
  }

  step<T>(decide: Decide<T>): Promise<T> {
    return this.#backing.step((reader) => {
      const decision = decide(this.#traced(reader));
      for (const [key] of decision.writes) this.#footprint().write(key);
      return decision;
    });
  }

  ping(): Promise<void> {
    return this.#backing.ping();
  }

  close(): Promise<void> {
    return this.#backing.close();
  }

  #traced(reader: Reader): Reader {
    return {
      get: (key) => {
        this.#footprint().read(key);
        return reader.get(key);
      },
      range: (range: Range) => {
        this.#footprint().readRange(range.from, range.before);
        return reader.range(range);
      },
    };
  }
}
