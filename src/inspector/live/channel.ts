import type { Address } from '../../engine/address.ts';
import type { Engine } from '../../engine/engine.ts';
import type { FeedGap, FeedNews, FeedStream } from '../../engine/live-feed.ts';
import { beatPiece, FrameBuilder, framePiece, type Piece } from './frame.ts';
import type { LiveLimits } from './limits.ts';
import type { Viewer } from './viewer.ts';

/** What a channel is made of. */
export interface ChannelTools {
  readonly engine: Pick<Engine, 'follow'>;
  readonly limits: LiveLimits;
  /** Told once, when nobody gets anything from it any more. */
  readonly onEnd: (error: unknown) => void;
}

/**
 * The live stream of all who look at the same: read once, gathered once, written once as text. It
 * ends with its last viewer.
 */
export class LiveChannel {
  readonly #tools: ChannelTools;
  readonly #stream: FeedStream;
  readonly #viewers = new Set<Viewer>();
  readonly #builder: FrameBuilder;
  #bookmark: string;
  #timer: NodeJS.Timeout | null = null;
  #framedAt = 0;
  #isEnded = false;

  private constructor(tools: ChannelTools, stream: FeedStream) {
    this.#tools = tools;
    this.#stream = stream;
    this.#builder = new FrameBuilder(tools.limits.frameActorsMax);
    this.#bookmark = stream.bookmark;
    void this.#run();
  }

  /** @param actor of this alone; `null`: of all. @throws StoreUnavailable */
  static async open(tools: ChannelTools, actor: Address | null): Promise<LiveChannel> {
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
    return this.#isEnded;
  }

  /** Has a viewer get all that comes after {@link bookmark}. */
  join(viewer: Viewer): void {
    if (this.#isEnded) viewer.end();
    else this.#viewers.add(viewer);
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    viewer.end();
  }

  /** Ends it, and all its viewers. */
  end(error: unknown = null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
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
        this.#take(news);
      }
      this.end();
    } catch (error) {
      this.end(error);
    }
  }

  #take(news: FeedNews): void {
    if (news.kind === 'beat') {
      if (this.#builder.isEmpty) this.#offer(beatPiece(this.#stream.bookmark));
      return;
    }
    addNews(this.#builder, news);
    if (this.#timer !== null) return;
    const { frameMs } = this.#tools.limits;
    const waitMs = Math.max(0, this.#framedAt + frameMs - performance.now());
    this.#timer = setTimeout(() => this.#frame(), waitMs);
  }

  #frame(): void {
    this.#timer = null;
    this.#framedAt = performance.now();
    const { frame, events } = this.#builder.take();
    // All that the stream passed was gathered: between the two nothing waits.
    this.#offer(framePiece(frame, this.#stream.bookmark, events + frame.skipped));
  }

  #offer(piece: Piece): void {
    this.#bookmark = this.#stream.bookmark;
    for (const viewer of this.#viewers) viewer.offer(piece);
  }
}

/** Adds what the feed told to a frame. */
function addNews(builder: FrameBuilder, news: Exclude<FeedNews, { kind: 'beat' }>): void {
  if (news.kind === 'events') for (const { event } of news.events) builder.add(event);
  else builder.skip(recordsIn(news.gap));
}

/** How many records of one partition a gap leaves out. */
export function recordsIn({ after, before }: FeedGap): number {
  const place = (token: string) => Number(token.slice(token.indexOf(':') + 1));
  return place(before) - place(after) - 1;
}
