import type { Runtime } from './runtime.ts';

interface Kept {
  readonly since: number;
  readonly value: Promise<unknown>;
}

/** What was read a short time ago, by name. All who ask while it is read wait for the same reading. */
export class Recent {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly runtime: Pick<Runtime, 'monotonic'>) {}

  /** What `read` gave under that name at most so long ago, or gives now. */
  get<T>(name: string, ageMsMax: number, read: () => Promise<T>): Promise<T> {
    const now = this.runtime.monotonic();
    const known = this.#kept.get(name);
    // What a name stands for is of one type.
    if (known && now - known.since <= ageMsMax) return known.value as Promise<T>;
    const value = read();
    const kept = { since: now, value };
    this.#kept.set(name, kept);
    value.catch(() => {
      if (this.#kept.get(name) === kept) this.#kept.delete(name);
    });
    return value;
  }
}
