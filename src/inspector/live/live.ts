import { z } from 'zod';
import type { Address } from '../../engine/address.ts';
import { BadBookmarkError, type FeedStream, type LiveEvent } from '../../engine/live-feed.ts';
import type { SecuredHandler, Services } from '../../http/context.ts';
import { actorSchema, badLastEventId, lastEventId, noRoomFor } from '../../http/events/request.ts';
import { readSearch } from '../../http/reading.ts';
import { CATCH_UP_BEAT_MS, catchUp } from './catch-up.ts';
import { type Framing, LiveChannel } from './channel.ts';
import { Channels } from './channels.ts';
import { beatPiece, FrameBuilder, framePiece, type Piece } from './frame.ts';
import { LIVE_LIMITS, type LiveLimits } from './limits.ts';
import { Viewer } from './viewer.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Proxies that gather what they pass on would hold frames back.
  'x-accel-buffering': 'no',
} as const;

/** Gathers what happens into pieces of the stream. */
class PieceFraming implements Framing<Piece> {
  readonly #builder: FrameBuilder;

  constructor({ frameActorsMax }: LiveLimits) {
    this.#builder = new FrameBuilder(frameActorsMax);
  }

  get isEmpty(): boolean {
    return this.#builder.isEmpty;
  }

  add({ event }: LiveEvent): void {
    this.#builder.add(event);
  }

  skip(records: number): void {
    this.#builder.skip(records);
  }

  /** A page asks for what it shows. */
  greet(): void {}

  take(bookmark: string): Piece {
    const { frame, events } = this.#builder.take();
    return framePiece(frame, bookmark, events);
  }

  beat(bookmark: string): Piece {
    return beatPiece(bookmark);
  }
}

/** The live stream of a node, for all who look: nothing is read while nobody does. */
export class Live {
  readonly #services: Services;
  readonly #limits: LiveLimits;
  readonly #channels: Channels<Piece>;
  #viewers = 0;

  constructor(services: Services, limits: LiveLimits = LIVE_LIMITS) {
    const { engine, log } = services;
    this.#services = services;
    this.#limits = limits;
    this.#channels = new Channels(
      (actor, onEnd) => {
        const framing = new PieceFraming(limits);
        return LiveChannel.open({ engine, limits, framing, onEnd }, actor);
      },
      (err) => log.error({ err }, 'a live stream broke off'),
    );
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
    let leave = (): void => {
      this.#viewers--;
    };
    try {
      const { channel, release } = await this.#channels.use(actor);
      leave = () => {
        this.#viewers--;
        release();
      };
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
        viewer.end();
        leave();
      });
    } catch (error) {
      leave();
      throw error;
    }
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
