import type { Lookup, Write } from './backing.ts';

/** What a step is to write, kept together while it is decided, and read by what is decided after. */
export class Draft implements Lookup {
  readonly #writes = new Map<string, string | null>();

  constructor(private readonly before: Lookup) {}

  get(key: string): string | null {
    const written = this.#writes.get(key);
    return written === undefined ? this.before.get(key) : written;
  }

  /** @param value `null` removes the key */
  put(key: string, value: string | null): void {
    this.#writes.set(key, value);
  }

  get writes(): Write[] {
    return [...this.#writes];
  }
}
