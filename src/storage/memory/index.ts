import { createRequire } from 'node:module';
import { type Store, StoreUnavailable } from '../../engine/store.ts';
import type { Backing, Decide, Range, Reader } from '../kv/backing.ts';
import { purge } from '../kv/expiring.ts';
import { KeyValueStore } from '../kv/store.ts';

/** The package is CommonJS, and where an import puts its default export differs between loaders. */
const { default: BTree }: typeof import('sorted-btree', { with: { 'resolution-mode': 'require' }}) =
  createRequire(import.meta.url)('sorted-btree');

/** As many as on Redis. */
const PARTITIONS_DEFAULT = 64;

/** What one step removes of what has expired: more than it can add, so that it gets less. */
const PURGE_MAX = 4;

/**
 * A store in this process's memory, gone with it: the reference, and the simulation's. Every
 * answer comes in a microtask; the same calls in the same order get the same answers.
 * @param options.now the clock that what expires goes by, ms since 1970; the system's by default
 */
export function createMemoryStore(
  options: { readonly partitions?: number; readonly now?: () => number } = {},
): Store {
  const now = options.now ?? Date.now;
  const backing = new MemoryBacking(now);
  return new KeyValueStore(backing, options.partitions ?? PARTITIONS_DEFAULT, now);
}

/** An ordered map of strings in memory. */
export class MemoryBacking implements Backing {
  readonly #tree = new BTree<string, string>(undefined, compare);
  #isOpen = true;

  constructor(private readonly now: () => number) {}

  get committed(): Reader {
    this.#check();
    return this.#reader;
  }

  async step<T>(decide: Decide<T>): Promise<T> {
    this.#check();
    const { reply, writes } = decide(this.#reader);
    for (const [key, value] of writes) this.#write(key, value);
    if (writes.length > 0) {
      for (const [key, value] of purge(this.#reader, this.now(), PURGE_MAX))
        this.#write(key, value);
    }
    return reply;
  }

  async ping(): Promise<void> {
    this.#check();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  readonly #reader: Reader = {
    get: (key) => this.#tree.get(key) ?? null,
    range: (range) => this.#range(range),
  };

  *#range({ from, before, reverse, limit }: Range): Iterable<readonly [string, string]> {
    const pairs = reverse
      ? this.#tree.entriesReversed(before, undefined, true)
      : this.#tree.entries(from);
    let left = limit;
    for (const [key, value] of pairs) {
      if (left === 0 || (reverse ? key < from : key >= before)) return;
      left -= 1;
      yield [key, value];
    }
  }

  #write(key: string, value: string | null): void {
    if (value === null) this.#tree.delete(key);
    else this.#tree.set(key, value);
  }

  #check(): void {
    if (!this.#isOpen) throw new StoreUnavailable('the store is closed', 'no');
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
