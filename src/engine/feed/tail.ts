import { Signal } from '../background/signal.ts';
import type { Log, Runtime } from '../runtime.ts';
import { StoreUnavailable } from '../store.ts';
import type { WorkStore } from '../work-store.ts';
import type { FeedLimits } from './limits.ts';
import { LiveRecord } from './live-record.ts';

/** Who reads the tail. */
export interface TailReader {
  /** The number of the record it comes to next; `null` when that is not at hand. */
  next: number | null;
  /** How late a record may come to it, in milliseconds: what comes meanwhile is read together. */
  readonly lateMs: number;
  /** Set when there are more records, or `next` is no longer at hand. */
  readonly signal: Signal;
}

/** What a tail is made of. */
export interface TailTools {
  readonly store: WorkStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: FeedLimits;
  /** Told when the store has less than was read from it. */
  readonly onLoss: () => void;
}

/**
 * The end of the feeds of all partitions, in one order, read once for all who listen: while there is
 * a reader, and never otherwise. It keeps what a reader has not come to yet, and no more than so many
 * records: a reader that is further behind than these is let go.
 */
export class FeedTail {
  readonly #tools: TailTools;
  readonly #readers = new Set<TailReader>();
  readonly #signal = new Signal();
  /** Partitions that may have more than was read. */
  readonly #stale = new Set<number>();
  #records: LiveRecord[] = [];
  #chars = 0;
  /** The number of the first record at hand. */
  #first = 0;
  /** The last position read, by partition. */
  #positions: number[] = [];
  #starting: Promise<void> | null = null;
  #isRunning = false;
  /** When the heads are to be looked at, by the monotonic clock. */
  #lookAt = 0;
  /** What was logged last; the same is not logged in every round. */
  #complaint: string | null = null;

  constructor(tools: TailTools) {
    this.#tools = tools;
  }

  /** The records at hand. */
  get size(): number {
    return this.#records.length;
  }

  /**
   * Begins to read for a reader, from the end of what was read.
   * @returns the last position before that, by partition
   * @throws StoreUnavailable
   */
  async join(reader: TailReader): Promise<readonly number[]> {
    while (!this.#isRunning) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = null;
      });
      await this.#starting;
    }
    reader.next = this.#first + this.#records.length;
    this.#readers.add(reader);
    return [...this.#positions];
  }

  /** A reader goes; with the last one the reading ends. */
  leave(reader: TailReader): void {
    reader.next = null;
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#signal.set();
  }

  /** Records from a number on that was at hand for its reader, oldest first. */
  from(next: number): readonly LiveRecord[] {
    const { batchRecordsMax, batchCharsMax } = this.#tools.limits;
    const start = next - this.#first;
    let chars = 0;
    let end = start;
    for (; end < start + batchRecordsMax; end++) {
      const record = this.#records[end];
      if (!record || (end > start && chars + record.size > batchCharsMax)) break;
      chars += record.size;
    }
    return this.#records.slice(start, end);
  }

  /** Somebody knows of more than was read. */
  look(): void {
    this.#lookAt = 0;
    this.#signal.set();
  }

  async #start(): Promise<void> {
    const { store, runtime, limits } = this.#tools;
    this.#positions = [...(await store.heads())];
    this.#lookAt = runtime.monotonic() + limits.lookMs;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { store, runtime, limits } = this.#tools;
    const endWakes = store.onWake((woken) => {
      if (woken === 'nodes') return;
      if (woken === 'all') this.look();
      else this.#stale.add(woken);
      this.#signal.set();
    });
    do {
      await this.#round().catch((error) => this.#complain(error));
      await runtime.sleep(this.#stale.size > 0 ? limits.roundMs : this.#calmMs);
      if (this.#stale.size === 0 && this.#readers.size > 0) {
        await this.#signal.waitFor(runtime, this.#lookAt - runtime.monotonic());
      }
    } while (this.#readers.size > 0);
    endWakes();
    this.#isRunning = false;
    this.#forget(this.#records.length);
    this.#stale.clear();
  }

  /** How long what comes may gather after all was read, in milliseconds. */
  get #calmMs(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { lateMs } of this.#readers) least = Math.min(least, lateMs);
    const { roundMs } = this.#tools.limits;
    return this.#readers.size === 0 ? roundMs : Math.max(roundMs, least);
  }

  /** Reads what there is to read. @throws StoreUnavailable */
  async #round(): Promise<void> {
    const { store, runtime, limits, onLoss } = this.#tools;
    if (runtime.monotonic() >= this.#lookAt) {
      this.#lookAt = runtime.monotonic() + limits.lookMs;
      const heads = await store.heads();
      if (heads.some((head, partition) => head < this.#read(partition))) onLoss();
      heads.forEach((head, partition) => {
        if (head > this.#read(partition)) this.#stale.add(partition);
      });
    }
    const partitions = [...this.#stale].slice(0, limits.tailReadsMax);
    for (const partition of partitions) this.#stale.delete(partition);
    const readings = partitions.map((partition) => this.#readOn(partition));
    // All of them: what is still read must not be read again.
    const failed = (await Promise.allSettled(readings)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    this.#complaint = null;
  }

  #read(partition: number): number {
    return this.#positions[partition] ?? 0;
  }

  async #readOn(partition: number): Promise<void> {
    const { store, limits } = this.#tools;
    const page = await store.readFeed(partition, this.#read(partition), limits.tailPage);
    const last = page.at(-1);
    if (!last) return;
    if (page.length === limits.tailPage) this.#stale.add(partition);
    const records = page.map((record) => new LiveRecord(partition, record));
    this.#positions[partition] = last.position;
    this.#records.push(...records);
    for (const { size } of records) this.#chars += size;
    this.#trim();
    for (const reader of this.#readers) reader.signal.set();
  }

  /** Forgets what all have come past, keeps to the limits, and lets readers go that are further behind. */
  #trim(): void {
    const { tailRecordsMax, tailCharsMax } = this.#tools.limits;
    let wanted = this.#first + this.#records.length;
    for (const { next } of this.#readers) wanted = Math.min(wanted, next ?? wanted);
    this.#forget(Math.max(0, wanted - this.#first));
    let over = Math.max(0, this.#records.length - tailRecordsMax);
    let chars = this.#chars;
    for (let index = 0; index < over; index++) chars -= this.#records[index]?.size ?? 0;
    for (; chars > tailCharsMax; over++) chars -= this.#records[over]?.size ?? chars;
    this.#forget(over);
    for (const reader of this.#readers) {
      if (reader.next !== null && reader.next >= this.#first) continue;
      this.leave(reader);
      reader.signal.set();
    }
  }

  #forget(count: number): void {
    for (const { size } of this.#records.splice(0, count)) this.#chars -= size;
    this.#first += count;
  }

  #complain(error: unknown): void {
    // A store that is out of reach shows elsewhere; those who listen wait.
    if (error instanceof StoreUnavailable || String(error) === this.#complaint) return;
    this.#complaint = String(error);
    this.#tools.log.error({ err: error }, 'the live feed could not be read');
  }
}
