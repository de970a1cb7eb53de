import type { Backing, Decide, Reader } from '../../../src/storage/kv/backing.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';
import { EPOCH } from './node.ts';
import type { Scheduler } from './scheduler.ts';

/** When a record was written, in ms by the scheduler. By its key. */
export type WrittenAt = ReadonlyMap<string, number>;

/** The shipped store in memory, with its content open to who judges it. */
export class Content {
  readonly store: KeyValueStore;
  readonly #backing: Backing;
  readonly #writtenAt = new Map<string, number>();

  constructor(scheduler: Scheduler, partitions: number) {
    const now = () => EPOCH + Math.floor(scheduler.now);
    const memory = new MemoryBacking(now);
    this.#backing = watched(memory, (key) => this.#writtenAt.set(key, scheduler.now));
    this.store = new KeyValueStore(this.#backing, partitions, now);
  }

  get writtenAt(): WrittenAt {
    return this.#writtenAt;
  }

  /** Every key with its value, in their order. */
  dump(): Map<string, string> {
    return this.#range(' ', '\uffff');
  }

  /** What it has to do, and what has been done: all but actors, records and what expires. */
  dumpWork(): Map<string, string> {
    return new Map([...this.#range('b', 'c'), ...this.#range('h', 'i'), ...this.#range('w', 'x')]);
  }

  #range(from: string, before: string): Map<string, string> {
    const limit = Number.MAX_SAFE_INTEGER;
    return new Map(this.#backing.committed.range({ from, before, reverse: false, limit }));
  }
}

/** Tells of every record that is written. */
function watched(memory: MemoryBacking, onRecord: (key: string) => void): Backing {
  return {
    get committed(): Reader {
      return memory.committed;
    },
    step: <T>(decide: Decide<T>) =>
      memory.step((reader) => {
        const decision = decide(reader);
        for (const [key] of decision.writes) if (key.startsWith('f')) onRecord(key);
        return decision;
      }),
    ping: () => memory.ping(),
    close: () => memory.close(),
  };
}
