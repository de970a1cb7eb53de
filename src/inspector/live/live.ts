import { z } from 'zod';
import { type Address, actorKey } from '../../engine/address.ts';
import { BadBookmarkError, type FeedStream } from '../../engine/live-feed.ts';
import type { SecuredHandler, Services } from '../../http/context.ts';
import { actorSchema, badLastEventId, lastEventId, noRoomFor } from '../../http/events/request.ts';
import { readSearch } from '../../http/reading.ts';
import { CATCH_UP_BEAT_MS, catchUp } from './catch-up.ts';
import { LiveChannel } from './channel.ts';
import { beatPiece, type Piece } from './frame.ts';
import { LIVE_LIMITS, type LiveLimits } from './limits.ts';
import { Viewer } from './viewer.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Proxies that gather what they pass on would hold frames back.
  'x-accel-buffering': 'no',
} as const;

/** What one channel is to the node: it ends when nobody uses it. */
interface Used {
  readonly channel: Promise<LiveChannel>;
  readonly key: string;
  users: number;
}

/**
 * The live stream of a node, for all who look: nothing is read while nobody does, and what is read
 * is gathered and written once for all who look at the same.
 */
export class Live {
  readonly #services: Services;
  readonly #limits: LiveLimits;
  /** By actor; empty: of all. */
  readonly #channels = new Map<string, Used>();
  #viewers = 0;

  constructor(services: Services, limits: LiveLimits = LIVE_LIMITS) {
    this.#services = services;
    this.#limits = limits;
  }

  /** How many look now. */
  get viewers(): number {
    return this.#viewers;
  }

  /**
   * Begins to look.
   * @param actor at this alone; `null`: at all
   * @param after goes on after this; `null`: from now on
   * @throws Refusal where there is no room, or `after` is no place of this feed; StoreUnavailable
   */
  async open(actor: Address | null, after: string | null): Promise<ReadableStream<Uint8Array>> {
    const { stopping, engine } = this.#services;
    if (this.#viewers >= this.#limits.viewersMax || stopping.aborted) throw noRoomFor('viewer');
    this.#viewers++;
    const used = this.#use(actor);
    try {
      const channel = await used.channel;
      const stream = after === null ? null : await resume(engine, actor, after);
      const viewer = new Viewer();
      const first = async (): Promise<Piece | null> => {
        if (stream) {
          const tools = { partitions: engine.inside.store.partitions, limits: this.#limits };
          return catchUp(tools, stream, { channel, viewer, actor });
        }
        channel.join(viewer);
        return beatPiece(channel.bookmark);
      };
      return bodyOf(first, viewer, () => {
        stream?.close();
        channel.leave(viewer);
        this.#leave(used);
      });
    } catch (error) {
      this.#leave(used);
      throw error;
    }
  }

  #use(actor: Address | null): Used {
    const key = actor === null ? '' : actorKey(actor);
    const known = this.#channels.get(key);
    if (known) {
      known.users++;
      return known;
    }
    const onEnd = (error: unknown): void => {
      this.#forget(used);
      if (error) this.#services.log.error({ err: error }, 'a live stream broke off');
    };
    const { engine } = this.#services;
    const channel = LiveChannel.open({ engine, limits: this.#limits, onEnd }, actor);
    const used: Used = { channel, key, users: 1 };
    channel.catch(() => this.#forget(used));
    this.#channels.set(key, used);
    return used;
  }

  #forget(used: Used): void {
    if (this.#channels.get(used.key) === used) this.#channels.delete(used.key);
  }

  #leave(used: Used): void {
    this.#viewers--;
    used.users--;
    if (used.users > 0) return;
    void used.channel.then(
      (channel) => {
        // Somebody may have come just now.
        if (used.users === 0) channel.end();
      },
      // One that could not be opened has nothing to end.
      () => {},
    );
  }
}

/** `GET /live`: what happens, in frames, until the viewer leaves. */
export function liveHandler(services: Services): SecuredHandler {
  const live = new Live(services, { ...LIVE_LIMITS, ...services.liveLimits });
  const search = z.strictObject({ actor: actorSchema(services.engine.app).optional() });
  return async ({ env: { incoming } }) => {
    const { actor = null } = readSearch(incoming, search);
    const after = lastEventId(incoming);
    if (incoming.method === 'HEAD') return new Response(null, { headers: HEADERS });
    return new Response(await live.open(actor, after), { headers: HEADERS });
  };
}

/** @throws Refusal where there is nothing to go on from, StoreUnavailable */
async function resume(
  engine: Services['engine'],
  actor: Address | null,
  after: string,
): Promise<FeedStream> {
  try {
    return await engine.follow({ types: null, actor, after, beatMs: CATCH_UP_BEAT_MS });
  } catch (error) {
    throw error instanceof BadBookmarkError ? badLastEventId() : error;
  }
}

/**
 * A viewer's stream: a piece is asked for when the socket has taken the one before, so that one that
 * does not read holds up nobody.
 * @param onEnd called once, however it ends
 */
function bodyOf(
  first: () => Promise<Piece | null>,
  viewer: Viewer,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  let next = first;
  let isEnded = false;
  const end = (): void => {
    if (isEnded) return;
    isEnded = true;
    onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await next().catch(() => null);
        next = () => viewer.next();
        if (isEnded) return;
        if (piece !== null) return controller.enqueue(piece.bytes);
        end();
        controller.close();
      },
      cancel: end,
    },
    // Nothing ahead of what the socket asks for.
    { highWaterMark: 0 },
  );
}
