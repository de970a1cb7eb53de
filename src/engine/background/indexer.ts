import { askForListing, listOn, readListing } from '../actor-index/listing.ts';
import { namedRows, recordRows, traceRows } from '../actor-index/page-rows.ts';
import {
  LISTING,
  NAMED,
  ONE,
  oneRow,
  PLACE,
  type Place,
  read,
  WANTED,
} from '../actor-index/tables.ts';
import type { Store } from '../store.ts';
import type { RowWrite } from '../work-store.ts';
import { insist } from './backoff.ts';
import type { FeedWindow } from './feed-window.ts';
import type { Pace } from './pace.ts';
import { Signal } from './signal.ts';
import type { StepTools, StepWriter } from './step-writer.ts';
import type { Turnstile } from './turnstile.ts';

export interface IndexerTools extends StepTools {
  readonly store: Store;
  readonly partition: number;
  readonly window: FeedWindow;
  readonly writer: StepWriter;
  /** What indexers go through, one page at a time. */
  readonly indexing: Turnstile;
  /** How fast they go on where they are far behind. */
  readonly pace: Pace;
  /** The types of the app's actors. */
  readonly types: readonly string[];
}

/** The tables that a look is to tell of. */
export const INDEX_TABLES = [WANTED, NAMED, LISTING] as const;

/** What an index takes at once without waiting longer the next time, and what it waits for otherwise. */
const FEW = 4;
const ENOUGH = 64;

/** The position where nothing is held for an indexer. */
const NOWHERE = Number.POSITIVE_INFINITY;

/**
 * Keeps the index of one partition's actors and traces while somebody looks, and does nothing
 * otherwise. What it writes follows from what is stored, not from what it wrote before: so it passes
 * the feed without a subscriber's rights, which holds nothing back, and where it has lost its place it
 * has all actors named anew.
 */
export class Indexer {
  readonly #tools: IndexerTools;
  readonly #news = new Signal();
  readonly #ending = new AbortController();
  /** Until when it is wanted, by the monotonic clock. */
  #wantedUntil = Number.NEGATIVE_INFINITY;
  #place: Place | null = null;
  /** Whether actors were named, and whether others are to be, when the store was last looked at. */
  #hasNamed = false;
  #hasListing = false;
  #lingerMs = 0;
  readonly #run: Promise<void>;

  constructor(tools: IndexerTools) {
    this.#tools = tools;
    this.#run = this.#loop();
  }

  /** What is read of the feed is kept behind it, as far as it is kept at all. */
  get holdsAt(): number {
    const { window } = this.#tools;
    const position = this.#place?.position ?? -1;
    return this.#isWanted && window.holds(position) ? position : NOWHERE;
  }

  /** @param firsts of {@link INDEX_TABLES}, as a look has them, at the store's `now` */
  look(
    now: number,
    [until = null, named = null, listing = null]: readonly (number | null)[],
  ): void {
    const wantedMs = until === null ? 0 : until - now;
    this.#wantedUntil = this.#tools.runtime.monotonic() + wantedMs;
    this.#hasNamed = named !== null;
    this.#hasListing = listing !== null;
    if (this.#isWanted) this.#news.set();
  }

  /** The window has grown. */
  feed(): void {
    if (this.#isWanted) this.#news.set();
  }

  /** Ends it. Does not reject. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#news.set();
    await this.#run;
  }

  get #isWanted(): boolean {
    return this.#wantedUntil > this.#tools.runtime.monotonic();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#ending;
    const { log, partition } = this.#tools;
    while (!signal.aborted) {
      const worked = await insist(
        this.#tools,
        signal,
        () => this.#turn(),
        (error) => log.error({ err: error, partition }, 'the index of actors cannot go on'),
      );
      if (worked === false) await this.#news.wait();
    }
  }

  /** One page of whatever there is to do. @returns whether there was anything */
  async #turn(): Promise<boolean> {
    if (!this.#isWanted) return false;
    const { indexing, pace, runtime, limits } = this.#tools;
    const { signal } = this.#ending;
    const leave = await indexing.enter();
    let taken = 0;
    try {
      taken = await this.#once();
      if (taken >= limits.indexPage) await pace.wait(signal);
    } finally {
      leave();
    }
    if (taken > 0 && taken < limits.indexPage) {
      this.#lingerMs = this.#lingerAfter(taken);
      await runtime.sleep(this.#lingerMs, signal);
    }
    return taken > 0;
  }

  /** What comes meanwhile is taken together: the faster it comes the less each costs. */
  #lingerAfter(taken: number): number {
    const { indexLingerMs, indexLingerMsMax } = this.#tools.limits;
    if (taken <= FEW) return indexLingerMs;
    const enoughMs = (this.#lingerMs * ENOUGH) / taken;
    return Math.max(indexLingerMs, Math.min(enoughMs, indexLingerMsMax));
  }

  /** @returns how many were taken, less than a page only where there are no more */
  async #once(): Promise<number> {
    const { indexPage } = this.#tools.limits;
    this.#place = await this.#findPlace();
    const records = await this.#passRecords(this.#place);
    if (records >= indexPage) return records;
    const named = await this.#takeNamed(this.#place);
    const isListing = named === 0 && (await this.#list(this.#place));
    return isListing ? indexPage : records + named;
  }

  /** Its place, as it knows it, for as long as the store has one: who wipes an index wipes that, too. */
  async #findPlace(): Promise<Place> {
    const { store, partition } = this.#tools;
    const [body = null] = await store.rows(partition, PLACE, [ONE]);
    if (body === null) return { position: 0, listing: 0, states: {} };
    return this.#place ?? (await this.#begin(read.place(body)));
  }

  /** Takes up a stored place. It does not hold where its part of the store, or the first, lost some. */
  async #begin(place: Place): Promise<Place> {
    const { store, partition } = this.#tools;
    const [{ number }, { head }] = await Promise.all([
      readListing(store),
      // Not the window's end: that begins where the subscribers are, who may be far behind the index.
      store.survey(partition, []),
    ]);
    const isLost = place.position > head || place.listing > number;
    return isLost ? this.#skip({ ...place, position: 0 }) : place;
  }

  /** Passes records. @returns how many */
  async #passRecords(from: Place): Promise<number> {
    const { window, limits } = this.#tools;
    const isFar = window.end - from.position > limits.indexRecordsMax;
    let place = isFar ? await this.#skip(from) : from;
    const page = await window.after(place.position, limits.indexPage);
    const [first, last] = [page[0], page.at(-1)];
    if (!first || !last) return 0;
    // What came before was trimmed.
    if (first.position > place.position + 1) place = await this.#skip(place);
    const [{ rows, states }, traces] = await Promise.all([
      recordRows(this.#tools, place.states, page),
      traceRows(this.#tools, page, this.#tracesKept),
    ]);
    await this.#write({ ...place, states, position: last.position }, [...rows, ...traces]);
    return page.length;
  }

  /** Goes to the last records there are: what else there is, a listing names that begins later. */
  async #skip(place: Place): Promise<Place> {
    const { store, partition, types, window, limits } = this.#tools;
    const position = Math.max(0, window.end - Math.min(this.#tracesKept, limits.indexRecordsMax));
    const listing = await askForListing(store, types, partition);
    this.#place = { ...place, position: Math.max(place.position, position), listing };
    return this.#place;
  }

  get #tracesKept(): number {
    const { limits, store } = this.#tools;
    return Math.ceil(limits.traceRecordsMax / store.partitions);
  }

  /** Takes actors that a listing named. @returns how many */
  async #takeNamed(place: Place): Promise<number> {
    if (!this.#hasNamed) return 0;
    const { store, partition, limits } = this.#tools;
    const page = { after: null, until: null, limit: limits.indexPage };
    const found = await store.scan(partition, NAMED, page);
    this.#hasNamed = found.length === limits.indexPage;
    if (found.length === 0) return 0;
    const gone = found.map(({ key }) => ({ table: NAMED, key, body: null, order: null }));
    const names = found.map(({ key }) => key);
    await this.#take(place, names, gone);
    return found.length;
  }

  /** Names some more actors, where this partition is the first. @returns whether there are more */
  async #list(place: Place): Promise<boolean> {
    if (!this.#hasListing) return false;
    const { store, types, limits } = this.#tools;
    const take = (actors: readonly string[]) => this.#take(place, actors, []);
    this.#hasListing = await listOn({ store, types, limit: limits.indexPage, take });
    return this.#hasListing;
  }

  /** @param rows that are written with them @returns whether it was written */
  async #take(place: Place, names: readonly string[], rows: readonly RowWrite[]): Promise<boolean> {
    const changed = await namedRows(this.#tools, place.states, names);
    return this.#write({ ...place, states: changed.states }, [...rows, ...changed.rows]);
  }

  /** @returns whether it was written: otherwise the partition is another's */
  async #write(place: Place, rows: readonly RowWrite[]): Promise<boolean> {
    const placed = oneRow(PLACE, JSON.stringify(place), { kind: 'at', at: 0 });
    const written = await this.#tools.writer.write({
      checkpoint: null,
      rows: [...rows, placed],
      isUrgent: false,
    });
    const isDone = written.kind === 'done';
    if (isDone) this.#place = place;
    else this.#ending.abort();
    return isDone;
  }
}
