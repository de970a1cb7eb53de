import type { Runtime } from './runtime.ts';

interface KnownTools<T> {
  /** Reads it as it is now. */
  readonly read: () => Promise<T>;
  readonly runtime: Pick<Runtime, 'monotonic'>;
  /** Up to this age it is gone by without a look, in milliseconds. */
  readonly ageMsMax: number;
  /** Whether what is known, of this age, serves on where it could not be read anew. */
  readonly servesOn: (error: unknown, ageMs: number) => boolean;
}

/** Something that is read now and then, and gone by in between. It is as old as the question. */
export class Known<T> {
  readonly #tools: KnownTools<T>;
  #known: { readonly value: T; readonly at: number } | null = null;
  #reading: Promise<T> | null = null;

  constructor(tools: KnownTools<T>) {
    this.#tools = tools;
  }

  /**
   * As it lately was. All who ask while it is read wait for the same reading.
   * @throws what `read` throws, where what is known does not serve on, or nothing is
   */
  async get(): Promise<T> {
    const { runtime, ageMsMax, servesOn } = this.#tools;
    const known = this.#known;
    const ageMs = known ? runtime.monotonic() - known.at : Number.POSITIVE_INFINITY;
    if (known && ageMs <= ageMsMax) return known.value;
    try {
      this.#reading ??= this.look().finally(() => {
        this.#reading = null;
      });
      return await this.#reading;
    } catch (error) {
      if (known && servesOn(error, ageMs)) return known.value;
      throw error;
    }
  }

  /** As it is now; known from then on. @throws what `read` throws */
  async look(): Promise<T> {
    const { read, runtime } = this.#tools;
    const at = runtime.monotonic();
    const value = await read();
    // Who asked later may have been answered before.
    if (this.#known === null || this.#known.at <= at) this.#known = { value, at };
    return value;
  }
}
