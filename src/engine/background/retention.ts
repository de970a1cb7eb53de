import { TIMES_APART_MS_MAX } from '../feed/times.ts';
import { partitionsOf } from '../partitions.ts';
import type { Log, Runtime } from '../runtime.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import { goneSubscribers, type SubscriberNames } from '../subscribers.ts';
import type { BackgroundLimits } from './limits.ts';
import { oldestWorkMs } from './oldest-work.ts';
import { committedBefore, REACH_RECORDS_MIN } from './trim-reach.ts';

/** What of the feed is kept. Where both are set, a record goes when either says so. */
export interface RetentionSettings {
  /** For how long a record is kept, in milliseconds; `null`: for ever. */
  readonly keepMs: number | null;
  /** How many records of each partition are kept; `null`: all. */
  readonly keepRecords: number | null;
}

/** What retention is made of. */
export interface RetentionTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
  readonly names: SubscriberNames;
  /** The partitions whose background work this node runs now. */
  readonly held: () => readonly number[];
}

/** The least time for which records are kept by their age, in milliseconds: an hour. */
const KEEP_MS_MIN = 60 * 60 * 1_000;

/** The longest wait after a store that is out of reach, in rounds. */
const ROUNDS_MISSED_MAX = 16;

/**
 * Trims the feeds of the partitions that a node holds, now and then. What a subscriber has not
 * passed stays: the store sees to that in the same step, whoever asks it to trim. What work under
 * way may look for stays too: nothing goes that is younger than a least age, counted from the
 * oldest thing there is to do.
 */
export class Retention {
  readonly #tools: RetentionTools;
  readonly #settings: RetentionSettings;
  readonly #ending = new AbortController();
  #running: Promise<void> | null = null;
  #complaint: string | null = null;

  /** @throws RangeError when so little cannot be kept */
  constructor(tools: RetentionTools, settings: RetentionSettings) {
    const { keepMs, keepRecords } = settings;
    if (keepMs !== null && !(keepMs >= KEEP_MS_MIN)) {
      throw new RangeError(`records are kept for ${KEEP_MS_MIN} ms at least, not ${keepMs}`);
    }
    if (keepRecords !== null && !(Number.isSafeInteger(keepRecords) && keepRecords >= 1)) {
      throw new RangeError(`at least one record is kept, not ${keepRecords}`);
    }
    this.#tools = tools;
    this.#settings = settings;
  }

  /** Begins, and warns of those for whom records are kept in vain. @throws StoreUnavailable */
  async start(): Promise<void> {
    if (this.#running || this.#ending.signal.aborted) return;
    const { store, log, names } = this.#tools;
    const gone = await goneSubscribers(store, names);
    if (gone.length > 0) {
      const what = 'the feed is kept for subscribers that this app has not: remove them by name';
      log.warn({ subscribers: gone }, what);
    }
    this.#running ??= this.#run();
  }

  /** Resolves when nothing of it is under way. Does not reject. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { runtime, limits } = this.#tools;
    const { signal } = this.#ending;
    for (let missed = 0; ; ) {
      await runtime.sleep(limits.trimMs * Math.min(2 ** missed, ROUNDS_MISSED_MAX), signal);
      if (signal.aborted) return;
      missed = (await this.#round()) ? 0 : missed + 1;
    }
  }

  /** @returns whether it came to its end. Does not reject. */
  async #round(): Promise<boolean> {
    try {
      const round = new TrimRound(this.#tools, this.#settings, this.#ending.signal);
      for (const partition of this.#partitions()) await round.trim(partition);
      this.#complaint = null;
      return true;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  /** Those whose work this node runs; where there is no such work, all: nothing is done twice. */
  #partitions(): readonly number[] {
    const { store, names, held } = this.#tools;
    if (names.policies.length + names.projections.length > 0) return held();
    return partitionsOf(store);
  }

  /** Once, until a round succeeds or fails in another way. */
  #complain(error: unknown): void {
    const complaint = error instanceof StoreUnavailable ? error.name : String(error);
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    const { log } = this.#tools;
    const fields = { err: error };
    if (error instanceof StoreUnavailable) {
      log.warn(fields, 'history cannot be trimmed while the store is out of reach');
    } else log.error(fields, 'history could not be trimmed');
  }
}

/** What may go by when it was committed, in ms since 1970. */
interface Cutoffs {
  /** Before this, by its age alone. */
  readonly aged: number;
  /** Before this, where there are more than are to be kept. */
  readonly counted: number;
}

/** One look at all partitions. */
class TrimRound {
  #oldestMs: number | null = null;

  constructor(
    private readonly tools: RetentionTools,
    private readonly settings: RetentionSettings,
    private readonly ending: AbortSignal,
  ) {}

  /** Trims what may go of one partition, step by step. @throws StoreUnavailable */
  async trim(partition: number): Promise<void> {
    const { store, runtime, limits } = this.tools;
    const { head, trimmed: before, now } = await store.survey(partition, []);
    let limit = REACH_RECORDS_MIN;
    for (let trimmed = before; !this.ending.aborted; ) {
      const through = await this.#reach(partition, { head, trimmed, now }, limit);
      if (through <= trimmed) return;
      const reached = await store.trim(partition, through);
      // A subscriber has passed no more.
      if (reached <= trimmed) return;
      trimmed = reached;
      limit = limits.trimPage;
      await runtime.sleep(limits.trimPauseMs, this.ending);
    }
  }

  /** Up to which position the first records that are left may go. */
  async #reach(
    partition: number,
    {
      head,
      trimmed,
      now,
    }: { readonly head: number; readonly trimmed: number; readonly now: number },
    limit: number,
  ): Promise<number> {
    const { keepMs, keepRecords } = this.settings;
    const last = keepRecords === null ? 0 : head - keepRecords;
    if (head - trimmed < REACH_RECORDS_MIN || (keepMs === null && last <= trimmed)) return trimmed;
    const records = await this.tools.store.readFeed(partition, trimmed, limit);
    const reach = ({ aged, counted }: Cutoffs) =>
      Math.max(
        trimmed + committedBefore(records, aged),
        Math.min(last, trimmed + committedBefore(records, counted)),
      );
    // What there is to do is looked at only where something could go.
    const atMost = reach(this.#cutoffs(now, 0));
    return atMost <= trimmed ? trimmed : reach(this.#cutoffs(now, await this.#oldestWork()));
  }

  #cutoffs(now: number, oldestMs: number): Cutoffs {
    const { keepMs } = this.settings;
    const ageMsMin = this.tools.limits.trimAgeMsMin + oldestMs;
    const before = (ageMs: number) => now - ageMs - TIMES_APART_MS_MAX;
    return {
      aged: keepMs === null ? Number.NEGATIVE_INFINITY : before(Math.max(keepMs, ageMsMin)),
      counted: before(ageMsMin),
    };
  }

  async #oldestWork(): Promise<number> {
    this.#oldestMs ??= await oldestWorkMs(this.tools.store, this.tools.names.policies);
    return this.#oldestMs;
  }
}
