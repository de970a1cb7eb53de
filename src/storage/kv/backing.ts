/** Keys from `from` on, and before `before`, in the order of their code points. */
export interface Range {
  readonly from: string;
  readonly before: string;
  /** From the end of the range backwards. */
  readonly reverse: boolean;
  readonly limit: number;
}

/** A map of strings, as it is looked up. */
export interface Lookup {
  get(key: string): string | null;
}

/** An ordered map of strings, as a step of the store reads it. */
export interface Reader extends Lookup {
  range(range: Range): Iterable<readonly [key: string, value: string]>;
}

/** A key and its new value; `null` removes the key. */
export type Write = readonly [key: string, value: string | null];

/** What a step answers, and what it writes: all of it at once, or nothing. */
export interface Decision<T> {
  readonly reply: T;
  readonly writes: readonly Write[];
}

/** Pure: the same content gives the same decision. What it throws, it throws having written nothing. */
export type Decide<T> = (reader: Reader) => Decision<T>;

/** Where the content of a store lies. */
export interface Backing {
  /** What is committed, and durable as far as the backing makes anything durable. */
  readonly committed: Reader;
  /** Takes one atomic step after all steps before it; resolves when it is durable. */
  step<T>(decide: Decide<T>): Promise<T>;
  /** Resolves when the backing takes writes. */
  ping(): Promise<void>;
  /** Ends after what is under way; then every step rejects. */
  close(): Promise<void>;
}
