import { type CommitRecord, parseRecord } from '../record.ts';
import type { WorkStore } from '../work-store.ts';
import type { BackgroundLimits } from './limits.ts';

/** A record of the feed, parsed once for all who pass it. */
export interface PassedRecord {
  readonly position: number;
  readonly record: CommitRecord;
}

/**
 * The end of one partition's feed, read once for all of its subscribers. One that is further
 * behind reads for itself.
 */
export class FeedWindow {
  readonly #store: WorkStore;
  readonly #partition: number;
  readonly #limits: BackgroundLimits;
  #records: PassedRecord[] = [];
  /** The position before the first record at hand. */
  #start: number;
  #end: number;

  /** @param from where it begins: a position of the feed, or 0 */
  constructor(store: WorkStore, partition: number, limits: BackgroundLimits, from: number) {
    this.#store = store;
    this.#partition = partition;
    this.#limits = limits;
    this.#start = from;
    this.#end = from;
  }

  /** The last position read. */
  get end(): number {
    return this.#end;
  }

  /** Reads on. @returns whether there was anything. @throws StoreUnavailable */
  async fill(): Promise<boolean> {
    const { feedPage, windowRecordsMax } = this.#limits;
    const page = await this.#read(this.#end, feedPage);
    const last = page.at(-1);
    const first = page[0];
    if (!first || !last) return false;
    if (first.position > this.#end + 1) {
      // What lay between was trimmed: who is behind that reads for itself.
      this.#records = [];
      this.#start = first.position - 1;
    }
    this.#end = last.position;
    this.#records.push(...page);
    this.trim(this.#end - windowRecordsMax);
    return true;
  }

  /** Whether what comes after a position is at hand, as far as it was read. */
  holds(position: number): boolean {
    return position >= this.#start;
  }

  /** Forgets what lies at a position or before it: all have passed that. */
  trim(position: number): void {
    // Who reads for itself may be further than the window.
    const start = Math.min(position, this.#end);
    if (start <= this.#start) return;
    // Positions have no gaps, so that an index follows from a position.
    this.#records.splice(0, start - this.#start);
    this.#start = start;
  }

  /** So many records after a position that were read, oldest first. @throws StoreUnavailable */
  async after(position: number, limit = this.#limits.feedPage): Promise<readonly PassedRecord[]> {
    if (position < this.#start) return this.#read(position, limit);
    const index = position - this.#start;
    return this.#records.slice(index, index + limit);
  }

  async #read(after: number, limit: number): Promise<PassedRecord[]> {
    const page = await this.#store.readFeed(this.#partition, after, limit);
    return page.map(({ position, body }) => ({ position, record: parseRecord(body) }));
  }
}
