import type { App } from '../../define/index.ts';
import { type ActorKey, partitionOf } from '../address.ts';
import { Signal } from '../background/signal.ts';
import { positionToken } from '../record.ts';
import type { Runtime } from '../runtime.ts';
import { StoreUnavailable } from '../store.ts';
import type { WorkStore } from '../work-store.ts';
import { type Begun, type Bookmark, encodeBookmark } from './bookmark.ts';
import type { FeedLimits } from './limits.ts';
import { type LiveEvent, LiveRecord } from './live-record.ts';
import type { FeedNews } from './news.ts';
import type { FeedTail, TailReader } from './tail.ts';

/** What was found, or how many milliseconds to wait for news. */
type Found = FeedNews | number;

/** What one who listens wants to hear of. */
export interface FeedFilter {
  /** Event types; `null`: all. */
  readonly types: ReadonlySet<string> | null;
  /** Events of this actor alone; `null`: of all. */
  readonly actor: ActorKey | null;
}

/** When one who listens is told, in milliseconds. */
export interface FeedPace {
  /** The longest time between two beats. */
  readonly beatMs: number;
  /** How late what happens may come to it. */
  readonly lateMs: number;
}

/** What a follower is made of. */
export interface FollowerTools {
  readonly app: App;
  readonly store: WorkStore;
  readonly runtime: Runtime;
  readonly limits: FeedLimits;
  readonly tail: FeedTail;
}

const NOTHING: FeedNews = { kind: 'events', events: [] };

/**
 * One who listens to the feed of all partitions. It holds nothing but where it stands: it takes what
 * it is asked for from the tail that all share or, where it is further behind than that, from the store.
 */
export class Follower {
  readonly #tools: FollowerTools;
  readonly #filter: FeedFilter;
  readonly #beatMs: number;
  readonly #onClose: (follower: Follower) => void;
  readonly #reader: TailReader;
  /** The last position passed, by partition. */
  readonly #passed: number[];
  #begun: Begun | null;
  /** Where the tail stood when this one joined it; `null` once it stands there itself. */
  #target: readonly number[] | null = null;
  /** The partition that it reads next while it is behind. */
  #turn = 0;
  #beatAt: number;
  #isClosed = false;

  constructor(
    tools: FollowerTools,
    from: Bookmark,
    filter: FeedFilter,
    { beatMs, lateMs }: FeedPace,
    onClose: (follower: Follower) => void,
  ) {
    this.#tools = tools;
    this.#filter = filter;
    this.#reader = { next: null, lateMs, signal: new Signal() };
    this.#beatMs = beatMs;
    this.#onClose = onClose;
    this.#passed = [...from.positions];
    this.#begun = from.begun;
    this.#beatAt = tools.runtime.monotonic() + beatMs;
  }

  /** Where it goes on, were it to end now: after all that {@link next} gave and passed over. */
  get bookmark(): string {
    return encodeBookmark({ positions: this.#passed, begun: this.#begun });
  }

  /**
   * Waits for what comes next, also while the store is out of reach; `null` once it is closed. To
   * be called again only when it has resolved: one who does not ask gets nothing, and nothing is
   * kept for him.
   * @throws UpcastError
   */
  async next(): Promise<FeedNews | null> {
    const { runtime } = this.#tools;
    while (!this.#isClosed) {
      const leftMs = this.#beatAt - runtime.monotonic();
      if (leftMs <= 0) {
        this.#beatAt = runtime.monotonic() + this.#beatMs;
        return { kind: 'beat' };
      }
      const found = await this.#take();
      if (typeof found === 'number') {
        await this.#reader.signal.waitFor(runtime, Math.min(found, leftMs));
      } else if (found.kind !== 'events' || found.events.length > 0) {
        return found;
      }
    }
    return null;
  }

  /** Ends it, and a wait for what comes next. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tools.tail.leave(this.#reader);
    this.#reader.signal.set();
    this.#onClose(this);
  }

  async #take(): Promise<Found> {
    try {
      if (this.#begun) return await this.#takeRest(this.#begun);
      // Never there, or let go because it was too far behind.
      if (this.#reader.next === null) await this.#join();
      return this.#target ? await this.#catchUp(this.#target) : this.#takeShared();
    } catch (error) {
      if (error instanceof StoreUnavailable) return this.#tools.limits.retryMs;
      throw error;
    }
  }

  async #join(): Promise<void> {
    const { tail } = this.#tools;
    this.#target = await tail.join(this.#reader);
    if (this.#isClosed) tail.leave(this.#reader);
  }

  #takeShared(): Found {
    const { next } = this.#reader;
    if (next === null) return NOTHING;
    const records = this.#tools.tail.from(next);
    if (records.length === 0) return this.#beatMs;
    const [first] = records;
    if (first && this.#isBehindGap(first)) return this.#passGap(first.partition, first.position);
    const events: LiveEvent[] = [];
    let taken = 0;
    for (const record of records) {
      if (this.#isBehindGap(record)) break;
      events.push(...this.#pass(record, true));
      taken++;
    }
    this.#reader.next = next + taken;
    return { kind: 'events', events };
  }

  /** Reads on one partition from the store, up to where the tail stood. */
  async #catchUp(target: readonly number[]): Promise<Found> {
    const { store, limits } = this.#tools;
    this.#skipOthers(target);
    const partition = this.#nextBehind(target);
    if (partition === null) return this.#arrive(target);
    this.#turn = (partition + 1) % target.length;
    const passed = this.#passed[partition] ?? 0;
    const limit = Math.min(limits.batchRecordsMax, (target[partition] ?? 0) - passed);
    const page = await store.readFeed(partition, passed, limit);
    const [first] = page;
    if (!first) return this.#findNone(partition, passed);
    if (first.position > passed + 1) return this.#passGap(partition, first.position);
    const records = page.map((record) => new LiveRecord(partition, record));
    return { kind: 'events', events: records.flatMap((record) => this.#pass(record, false)) };
  }

  /** There is nothing after a position, though there was. */
  async #findNone(partition: number, passed: number): Promise<Found> {
    const { store, limits, tail } = this.#tools;
    const { trimmed } = await store.survey(partition, []);
    if (trimmed > passed) return this.#passGap(partition, trimmed + 1);
    // The store has less than it had: the tail finds that out, and ends this one.
    tail.look();
    return limits.retryMs;
  }

  /** Whether records between it and what was passed are missing that could have been wanted. */
  #isBehindGap({ partition, position }: LiveRecord): boolean {
    const passed = this.#passed[partition] ?? 0;
    return position > passed + 1 && this.#concerns(partition);
  }

  /** @param before the position of the first record that is there, or comes next */
  #passGap(partition: number, before: number): FeedNews {
    const after = positionToken(partition, this.#passed[partition] ?? 0);
    this.#passed[partition] = before - 1;
    const { bookmark } = this;
    const gap = { bookmark, partition, after, before: positionToken(partition, before) };
    return { kind: 'gap', gap };
  }

  /** Whether a partition has what is wanted: of one actor alone, none but its own. */
  #concerns(partition: number): boolean {
    const { actor } = this.#filter;
    return actor === null || partitionOf(actor, this.#passed.length) === partition;
  }

  /** Of other partitions than its actor's it has nothing to read. */
  #skipOthers(target: readonly number[]): void {
    target.forEach((position, partition) => {
      if (this.#concerns(partition)) return;
      this.#passed[partition] = Math.max(position, this.#passed[partition] ?? 0);
    });
  }

  #nextBehind(target: readonly number[]): number | null {
    for (let step = 0; step < target.length; step++) {
      const partition = (this.#turn + step) % target.length;
      if ((this.#passed[partition] ?? 0) < (target[partition] ?? 0)) return partition;
    }
    return null;
  }

  /** It is nowhere behind; where it is ahead, the tail has to come there first. */
  #arrive(target: readonly number[]): Found {
    const { tail } = this.#tools;
    if (this.#passed.every((position, partition) => position === target[partition])) {
      this.#target = null;
      return NOTHING;
    }
    // Joined again from further on.
    this.#reader.next = null;
    tail.look();
    return this.#tools.limits.retryMs;
  }

  /** What is left of a record that was passed in part. */
  async #takeRest(begun: Begun): Promise<Found> {
    const { store, limits } = this.#tools;
    const { partition, events } = begun;
    const passed = this.#passed[partition] ?? 0;
    const [found] = await store.readFeed(partition, passed, 1);
    if (found?.position !== passed + 1) {
      // Trimmed with its rest, or lost.
      const before = found?.position ?? (await store.survey(partition, [])).trimmed + 1;
      if (before <= passed + 1) return limits.retryMs;
      this.#begun = null;
      return this.#concerns(partition) ? this.#passGap(partition, before) : NOTHING;
    }
    this.#begun = null;
    const record = new LiveRecord(partition, found);
    const rest = record.events(this.#tools.app, this.#passed).slice(events);
    this.#passed[partition] = record.position;
    return { kind: 'events', events: rest.filter((event) => this.#isWanted(record, event)) };
  }

  #pass(record: LiveRecord, isShared: boolean): readonly LiveEvent[] {
    const { types, actor } = this.#filter;
    const { partition, position } = record;
    const isOther = actor !== null && record.actor !== actor;
    if (isOther || (types && !record.hasAnyOf(types))) {
      this.#passed[partition] = position;
      return [];
    }
    const { app } = this.#tools;
    const events = isShared
      ? record.sharedEvents(app, this.#passed)
      : record.events(app, this.#passed);
    this.#passed[partition] = position;
    return types ? events.filter(({ event }) => types.has(event.type)) : events;
  }

  #isWanted(record: LiveRecord, { event }: LiveEvent): boolean {
    const { types, actor } = this.#filter;
    return (actor === null || record.actor === actor) && (types?.has(event.type) ?? true);
  }
}
