import type { App } from '../define/index.ts';
import { type Address, actorKey } from './address.ts';
import { Follower, type FollowerTools } from './feed/follower.ts';
import { DEFAULT_FEED_LIMITS, type FeedLimits } from './feed/limits.ts';
import type { FeedNews } from './feed/news.ts';
import { resume } from './feed/resume.ts';
import { FeedTail } from './feed/tail.ts';
import type { Log, Runtime } from './runtime.ts';
import type { WorkStore } from './work-store.ts';

export { BadBookmarkError } from './feed/bookmark.ts';
export type { LiveCause, LiveEvent } from './feed/live-record.ts';
export type { FeedGap, FeedNews } from './feed/news.ts';

/** What one who listens asks for. */
export interface FollowRequest {
  /** Event types; `null`: all. */
  readonly types: ReadonlySet<string> | null;
  /** Events of this actor alone; `null`: of all. */
  readonly actor: Address | null;
  /** Goes on after this: a bookmark, or the position of an event; `null`: from now on. */
  readonly after: string | null;
  /** The longest time between two beats, in milliseconds. */
  readonly beatMs: number;
  /**
   * How late what happens may come, in milliseconds, while much does: where none of those who listen
   * needs it sooner, more is read at once. 0 unless said.
   */
  readonly lateMs?: number;
}

/** The feed of all partitions, as one who listens gets it: in the order of each partition. */
export interface FeedStream {
  /** Where it goes on after all that it gave, and passed over since. */
  readonly bookmark: string;
  /**
   * Waits for what comes next, also while the store is out of reach; `null` at the end. To be
   * called again once it has resolved. Nothing is kept for one who does not call it.
   * @throws UpcastError
   */
  next(): Promise<FeedNews | null>;
  /** Ends it. */
  close(): void;
}

/** The live feed of a node: its end is read once however many listen, and not while nobody does. */
export class LiveFeed {
  readonly #tools: FollowerTools;
  readonly #followers = new Set<Follower>();
  #isStopped = false;

  constructor(options: {
    readonly app: App;
    readonly store: WorkStore;
    readonly runtime: Runtime;
    readonly log: Log;
    readonly limits?: Partial<FeedLimits> | undefined;
  }) {
    const { app, store, runtime, log } = options;
    const limits = { ...DEFAULT_FEED_LIMITS, ...options.limits };
    const onLoss = (): void => {
      log.warn({}, 'the store lost records: those who listen to the feed are to begin anew');
      this.#endAll();
    };
    const tail = new FeedTail({ store, runtime, log, limits, onLoss });
    this.#tools = { app, store, runtime, limits, tail };
  }

  /**
   * Begins to listen.
   * @throws BadBookmarkError where `after` is no place of this feed, StoreUnavailable
   */
  async follow(request: FollowRequest): Promise<FeedStream> {
    const { types, actor, after, beatMs, lateMs = 0 } = request;
    const { store, limits } = this.#tools;
    const from =
      after === null
        ? { positions: await store.heads(), begun: null }
        : await resume(store, after, limits.timesApartMsMax);
    const filter = { types, actor: actor && actorKey(actor) };
    const follower = new Follower(this.#tools, from, filter, { beatMs, lateMs }, (ended) => {
      this.#followers.delete(ended);
    });
    this.#followers.add(follower);
    if (this.#isStopped) follower.close();
    return follower;
  }

  /** Ends all who listen, and lets nobody begin. */
  stop(): void {
    this.#isStopped = true;
    this.#endAll();
  }

  #endAll(): void {
    for (const follower of this.#followers) follower.close();
  }
}
