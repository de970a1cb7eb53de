import { StoreUnavailable } from '../../engine/store.ts';
import type { Backing, Decide, Reader, Write } from '../kv/backing.ts';
import { purge } from '../kv/expiring.ts';
import { keys } from '../kv/keys.ts';

/** An ordered map of strings on disk. */
export interface Disk {
  /** What is written and synced, nothing else. */
  readonly synced: Reader;
  /**
   * Writes all or nothing; resolves when it is synced. One at a time.
   * @throws StoreUnavailable
   */
  write(writes: Iterable<Write>): Promise<void>;
  /** Closes the files, when no write is under way. */
  close(): Promise<void>;
}

/** After so long without an end of a sync, those who wait for it are told that the store is out of reach. */
export const STALL_MS_MAX = 2_000;

/** What one group removes of what has expired, at most, besides as much as it may add. */
const PURGE_MAX = 32;

interface Waiter {
  resolve(): void;
  reject(reason: unknown): void;
}

/** Steps that are written and synced together. */
class Group {
  readonly writes = new Map<string, string | null>();
  readonly waiters: Waiter[] = [];

  resolve(): void {
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
  }

  reject(reason: StoreUnavailable): void {
    for (const waiter of this.waiters.splice(0)) waiter.reject(reason);
  }
}

/**
 * Takes steps one by one and syncs them in groups. A step is decided at once, on what is synced
 * and what the steps before it will write; its answer waits until all of that is synced. What is
 * asked while a group is written and synced makes the next group, so a busy disk means larger
 * groups, and one transaction's cost is shared.
 *
 * If a group cannot be written, nothing of it is, and the steps after it, decided on it, fail too.
 */
export class GroupCommit implements Backing {
  #next = new Group();
  #underWay: Group | null = null;
  /** From the first request until nothing is asked for. */
  #isRunning = false;
  #closing: Promise<void> | null = null;
  #ended: ((isOrderly: boolean) => void) | null = null;

  constructor(
    private readonly disk: Disk,
    private readonly now: () => number,
    private readonly stallMs = STALL_MS_MAX,
  ) {}

  get committed(): Reader {
    if (this.#closing !== null) throw closed();
    return this.disk.synced;
  }

  step<T>(decide: Decide<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== null) throw closed();
      const { reply, writes } = decide(this.#decided);
      for (const [key, value] of writes) this.#next.writes.set(key, value);
      this.#next.waiters.push({ resolve: () => resolve(reply), reject });
      this.#schedule();
    });
  }

  /** Writes what is there already: only a write tells whether there is room for one. */
  ping(): Promise<void> {
    return this.step((reader) => ({
      reply: undefined,
      writes: [[keys.meta, reader.get(keys.meta)]],
    }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A disk that has stopped answering is left open: closing it would wait for it, for ever. */
  async #close(): Promise<void> {
    const isOrderly =
      !this.#isRunning ||
      (await new Promise<boolean>((resolve) => {
        this.#ended = resolve;
      }));
    if (isOrderly) await this.disk.close();
  }

  /** What is synced, and over it what was decided since. */
  readonly #decided: Reader = {
    get: (key) => {
      const next = this.#next.writes.get(key);
      if (next !== undefined) return next;
      const underWay = this.#underWay?.writes.get(key);
      return underWay === undefined ? this.disk.synced.get(key) : underWay;
    },
    // Steps look up single keys. A purge walks a range, and looks up what it finds; so does a step
    // that clears a collection. And so does the first count of what has none yet, which no step
    // before it in its group can have changed.
    range: (range) => this.disk.synced.range(range),
  };

  /** Lets all that one turn of the event loop asks for come into one group. */
  #schedule(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => void this.#run());
  }

  /** Writes group after group until nothing is asked for. */
  async #run(): Promise<void> {
    const stall = setInterval(() => this.#suspect(), this.stallMs);
    while (this.#next.waiters.length > 0) {
      stall.refresh();
      await this.#write();
    }
    clearInterval(stall);
    this.#isRunning = false;
    this.#ended?.(true);
  }

  /** The next group goes on its way; it is over before anyone who waits for it can ask for more. */
  async #write(): Promise<void> {
    const group = this.#next;
    this.#next = new Group();
    this.#underWay = group;
    try {
      if (group.writes.size > 0) {
        this.#purge(group);
        await this.disk.write(group.writes);
      }
      this.#underWay = null;
      group.resolve();
    } catch (cause) {
      const applied = cause instanceof StoreUnavailable ? cause.applied : 'unknown';
      this.#underWay = null;
      this.#dropNext('a write before it failed', cause);
      group.reject(new StoreUnavailable('the data could not be written', applied, { cause }));
    }
  }

  #purge(group: Group): void {
    const limit = PURGE_MAX + group.writes.size;
    for (const [key, value] of purge(this.#decided, this.now(), limit)) {
      group.writes.set(key, value);
    }
  }

  /** Where this process was held up itself, the end of the sync may be there unseen: look once more. */
  #suspect(): void {
    const group = this.#underWay;
    setImmediate(() => {
      if (group !== null && group === this.#underWay) this.#stalled(group);
    });
  }

  #stalled(group: Group): void {
    const message = `the disk has not synced for ${this.stallMs} ms`;
    group.reject(new StoreUnavailable(message, 'unknown'));
    this.#dropNext(message);
    this.#ended?.(false);
  }

  /** The steps that are only decided have written nothing. */
  #dropNext(message: string, cause?: unknown): void {
    const dropped = this.#next;
    this.#next = new Group();
    dropped.reject(new StoreUnavailable(message, 'no', { cause }));
  }
}

function closed(): StoreUnavailable {
  return new StoreUnavailable('the store is closed', 'no');
}
