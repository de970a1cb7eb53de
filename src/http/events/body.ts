import type { FeedGap, FeedNews, FeedStream, LiveEvent } from '../../engine/live-feed.ts';

/** What is told of the feed, as text that is sent. */
export type Frames = (news: Exclude<FeedNews, { readonly kind: 'beat' }>) => string;

/** What the data of a stream's parts are. */
export interface FrameForm {
  event(event: LiveEvent['event']): unknown;
  gap(gap: FeedGap): unknown;
}

/** Makes frames of server-sent events; each event's is made once for all who get it. */
export function createFrames(form: FrameForm): Frames {
  const made = new WeakMap<LiveEvent, string>();
  const ofEvent = (live: LiveEvent): string => {
    const known = made.get(live);
    if (known !== undefined) return known;
    const { bookmark, event } = live;
    const text = frame(event.type, bookmark, form.event(event));
    made.set(live, text);
    return text;
  };
  return (news) =>
    news.kind === 'events'
      ? news.events.map(ofEvent).join('')
      : frame('gap', news.gap.bookmark, form.gap(news.gap));
}

function frame(name: string, id: string, data: unknown): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A gap as its data tell it. */
export function gapData({ partition, after, before }: FeedGap) {
  return { partition, after, before };
}

/** Who is told how a stream of events ends. */
interface Ending {
  /** Called once, however it ends. */
  onEnd(): void;
  /** It cannot go on: the connection is to be cut, since this is not the end of events. */
  onFault(error: unknown): void;
}

/**
 * The body of a stream of events. What is written is asked for when the client has taken what came
 * before, so that one piece is all that is held for a client that does not read.
 */
export function eventStreamBody(
  stream: FeedStream,
  frames: Frames,
  ending: Ending,
): ReadableStream<Uint8Array> {
  let isBegun = false;
  let isEnded = false;
  const end = (): void => {
    if (isEnded) return;
    isEnded = true;
    stream.close();
    ending.onEnd();
  };
  /** `null` at the end. */
  const next = async (): Promise<string | null> => {
    if (!isBegun) {
      isBegun = true;
      return beat(stream);
    }
    const news = await stream.next();
    if (news === null) return null;
    return news.kind === 'beat' ? beat(stream) : frames(news);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const text = await next();
          if (isEnded) return;
          if (text !== null) return controller.enqueue(Buffer.from(text));
          end();
          controller.close();
        } catch (error) {
          end();
          ending.onFault(error);
        }
      },
      cancel: end,
    },
    // Nothing ahead of what the client asks for.
    { highWaterMark: 0 },
  );
}

/** A comment, by which the client knows that it still listens, and where it goes on if it is cut off. */
function beat({ bookmark }: FeedStream): string {
  return `: beat\nid: ${bookmark}\n\n`;
}
