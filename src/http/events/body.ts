import type { FeedStream, LiveEvent } from '../../engine/live-feed.ts';

/** An event as text that is sent, made once for all who get it. */
export type Frames = (event: LiveEvent) => string;

/** Makes frames of server-sent events, whose data is what `form` makes of an event. */
export function createFrames(form: (event: LiveEvent['event']) => unknown): Frames {
  const made = new WeakMap<LiveEvent, string>();
  return (live) => {
    const known = made.get(live);
    if (known !== undefined) return known;
    const { bookmark, event } = live;
    const data = JSON.stringify(form(event));
    const frame = `event: ${event.type}\nid: ${bookmark}\ndata: ${data}\n\n`;
    made.set(live, frame);
    return frame;
  };
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
    return news.kind === 'beat' ? beat(stream) : news.events.map(frames).join('');
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
