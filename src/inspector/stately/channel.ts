import { type Address, actorKey } from '../../engine/address.ts';
import type { Engine } from '../../engine/engine.ts';
import type { FeedNews, FeedStream } from '../../engine/live-feed.ts';
import { StoreUnavailable } from '../../engine/store.ts';
import { recordsIn } from '../live/channel.ts';
import { type Changed, Gathering } from './gathering.ts';
import type { StatelyLimits } from './limits.ts';
import type { Teller, Told } from './telling.ts';
import type { Viewer } from './viewer.ts';

/** What a channel is made of. */
export interface ChannelTools {
  readonly engine: Pick<Engine, 'follow'>;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly limits: StatelyLimits;
  readonly teller: Teller;
  /** Told once, when it tells nobody anything any more. `error`: what it broke off of. */
  readonly onEnd: (error: unknown) => void;
}

/**
 * What all are told who look at the same: the feed is read once, each actor that changed is read
 * once a frame, and each message is written once. It ends with its last viewer.
 */
export class StatelyChannel {
  readonly #tools: ChannelTools;
  readonly #stream: FeedStream;
  /** `null`: all are looked at. */
  readonly #actor: Address | null;
  readonly #gathering: Gathering;
  readonly #viewers = new Set<Viewer>();
  #timer: NodeJS.Timeout | null = null;
  #framedAt = 0;
  #isFraming = false;
  #isEnded = false;

  private constructor(tools: ChannelTools, stream: FeedStream, actor: Address | null) {
    this.#tools = tools;
    this.#stream = stream;
    this.#actor = actor;
    this.#gathering = new Gathering(tools.limits);
    void this.#run();
  }

  /** @param actor of this alone; `null`: of all. @throws StoreUnavailable */
  static async open(tools: ChannelTools, actor: Address | null): Promise<StatelyChannel> {
    const { beatMs, frameMs } = tools.limits;
    const request = { types: null, actor, after: null, beatMs, lateMs: frameMs };
    const stream = await tools.engine.follow(request);
    return new StatelyChannel(tools, stream, actor);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Has a viewer told all that comes, and one that looks at one actor how that is now. */
  join(viewer: Viewer): void {
    if (this.#isEnded) {
      viewer.end('broken');
      return;
    }
    this.#viewers.add(viewer);
    if (this.#actor === null) return;
    this.#gathering.introduce(actorKey(this.#actor));
    this.#schedule();
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    this.endUnused();
  }

  /** Ends it where nobody looks. */
  endUnused(): void {
    if (this.#viewers.size === 0) this.#end(null);
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const news = await this.#stream.next();
        if (news === null) break;
        this.#take(news);
      }
      this.#end(null);
    } catch (error) {
      this.#end(error);
    }
  }

  #take(news: FeedNews): void {
    if (news.kind === 'beat') return;
    if (news.kind === 'events') for (const event of news.events) this.#gathering.add(event);
    else this.#gathering.skip(recordsIn(news.gap));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null || this.#isFraming || this.#isEnded) return;
    const waitMs = Math.max(0, this.#framedAt + this.#tools.limits.frameMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#frame().catch((error: unknown) => this.#end(error));
    }, waitMs);
  }

  async #frame(): Promise<void> {
    this.#framedAt = performance.now();
    this.#isFraming = true;
    const { changed, skipped } = this.#gathering.take();
    const frame = bounded(await this.#tell(changed), skipped, this.#tools.limits.frameBytesMax);
    this.#isFraming = false;
    if (this.#isEnded) return;
    for (const viewer of this.#viewers) viewer.offer(frame);
    if (!this.#gathering.isEmpty) this.#schedule();
  }

  /** Reads the actors, so many at once, as soon as the store answers. */
  async #tell(changed: readonly Changed[]): Promise<readonly Told[]> {
    const told: Told[] = [];
    const rest = changed[Symbol.iterator]();
    const read = async (): Promise<void> => {
      for (const each of rest) {
        const found = await this.#tellOne(each);
        if (found) told.push(found);
      }
    };
    await Promise.all(Array.from({ length: this.#tools.limits.readsMax }, read));
    return told;
  }

  async #tellOne(changed: Changed): Promise<Told | null> {
    while (!this.#isEnded) {
      try {
        return await this.#tools.teller.tell(changed);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, this.#tools.limits.retryMs));
      }
    }
    return null;
  }

  #end(error: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stream.close();
    if (this.#timer) clearTimeout(this.#timer);
    const why = this.#tools.stopping.aborted ? 'goingAway' : 'broken';
    for (const viewer of this.#viewers) viewer.end(why);
    this.#viewers.clear();
    this.#tools.onEnd(error);
  }
}

/** What of it a frame has room for; the rest is counted. */
function bounded(told: readonly Told[], skipped: number, bytesMax: number) {
  const kept: Told[] = [];
  let left = bytesMax;
  let untold = skipped;
  for (const each of told) {
    if (each.bytes > left) {
      untold += each.steps;
      continue;
    }
    left -= each.bytes;
    kept.push(each);
  }
  return { told: kept, skipped: untold };
}
