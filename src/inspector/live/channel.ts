import type { Address } from '../../engine/address.ts';
import type { Engine } from '../../engine/engine.ts';
import type { FeedGap, FeedNews, FeedStream, LiveEvent } from '../../engine/live-feed.ts';

/** One who looks, as a channel knows him. */
export interface ChannelViewer<Frame> {
  /** Gives him a frame, or drops it: a channel waits for nobody. */
  offer(frame: Frame): void;
  /** Nothing comes any more. */
  end(): void;
}

/** What makes frames of what happens. Holds so much between two of them, and no more. */
export interface Framing<Frame> {
  /** Whether there is nothing to be told. */
  readonly isEmpty: boolean;
  add(event: LiveEvent): void;
  /** So many records were left out. */
  skip(records: number): void;
  /** Somebody came: what he is to know at once is told by the next frame. */
  greet(): void;
  /**
   * All that was gathered, and begins anew. Not called again before it has resolved.
   * @param bookmark where the feed goes on after it
   * @param ending aborted where nobody waits for it any more
   */
  take(bookmark: string, ending: AbortSignal): Frame | Promise<Frame>;
  /** A sign of life while nothing happens; `null`: none is needed. */
  beat(bookmark: string): Frame | null;
}

/** What a channel is made of. */
export interface ChannelTools<Frame> {
  readonly engine: Pick<Engine, 'follow'>;
  /** In milliseconds, between two frames at least, and between two signs of life. */
  readonly limits: { readonly frameMs: number; readonly beatMs: number };
  readonly framing: Framing<Frame>;
  /** Told once, when nobody gets anything from it any more. `error`: what it broke off of. */
  readonly onEnd: (error: unknown) => void;
}

/** A live feed for all who look at the same: read once, gathered once, written once. */
export class LiveChannel<Frame> {
  readonly #tools: ChannelTools<Frame>;
  readonly #stream: FeedStream;
  readonly #viewers = new Set<ChannelViewer<Frame>>();
  readonly #ending = new AbortController();
  #bookmark: string;
  #timer: NodeJS.Timeout | null = null;
  #framedAt = 0;
  #isFraming = false;

  private constructor(tools: ChannelTools<Frame>, stream: FeedStream) {
    this.#tools = tools;
    this.#stream = stream;
    this.#bookmark = stream.bookmark;
    void this.#run();
  }

  /** @param actor of this alone; `null`: of all. @throws StoreUnavailable */
  static async open<Frame>(
    tools: ChannelTools<Frame>,
    actor: Address | null,
  ): Promise<LiveChannel<Frame>> {
    const { beatMs, frameMs } = tools.limits;
    const request = { types: null, actor, after: null, beatMs, lateMs: frameMs };
    const stream = await tools.engine.follow(request);
    return new LiveChannel(tools, stream);
  }

  /** Where the next frame begins. */
  get bookmark(): string {
    return this.#bookmark;
  }

  get isEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Has a viewer get all that comes after {@link bookmark}. */
  join(viewer: ChannelViewer<Frame>): void {
    if (this.isEnded) {
      viewer.end();
      return;
    }
    this.#viewers.add(viewer);
    this.#tools.framing.greet();
    this.#schedule();
  }

  /** A viewer gets nothing any more. */
  leave(viewer: ChannelViewer<Frame>): void {
    this.#viewers.delete(viewer);
  }

  /** Ends it, and all its viewers. */
  end(error: unknown = null): void {
    if (this.isEnded) return;
    this.#ending.abort();
    this.#stream.close();
    if (this.#timer) clearTimeout(this.#timer);
    for (const viewer of this.#viewers) viewer.end();
    this.#viewers.clear();
    this.#tools.onEnd(error);
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const news = await this.#stream.next();
        if (news === null) break;
        this.#hear(news);
      }
      this.end();
    } catch (error) {
      this.end(error);
    }
  }

  #hear(news: FeedNews): void {
    const { framing } = this.#tools;
    if (news.kind === 'events') for (const event of news.events) framing.add(event);
    if (news.kind === 'gap') framing.skip(recordsIn(news.gap));
    if (news.kind === 'beat' && framing.isEmpty && !this.#isFraming) {
      const { bookmark } = this.#stream;
      this.#offer(framing.beat(bookmark), bookmark);
    }
    this.#schedule();
  }

  #schedule(): void {
    const { framing, limits } = this.#tools;
    if (framing.isEmpty || this.#timer !== null || this.#isFraming || this.isEnded) return;
    const waitMs = Math.max(0, this.#framedAt + limits.frameMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#frame().catch((error: unknown) => this.end(error));
    }, waitMs);
  }

  async #frame(): Promise<void> {
    this.#framedAt = performance.now();
    this.#isFraming = true;
    // All that the stream passed was gathered: between the two nothing waits.
    const { bookmark } = this.#stream;
    const frame = await this.#tools.framing.take(bookmark, this.#ending.signal);
    this.#isFraming = false;
    this.#offer(frame, bookmark);
    this.#schedule();
  }

  /** Who comes until then gets it, too; who comes later begins after it. */
  #offer(frame: Frame | null, bookmark: string): void {
    this.#bookmark = bookmark;
    if (frame !== null) for (const viewer of this.#viewers) viewer.offer(frame);
  }
}

/** How many records of one partition a gap leaves out. */
export function recordsIn({ after, before }: FeedGap): number {
  const place = (token: string) => Number(token.slice(token.indexOf(':') + 1));
  return place(before) - place(after) - 1;
}
