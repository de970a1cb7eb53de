import { type Address, actorKey, partitionOf } from '../../engine/address.ts';
import { decodeBookmark } from '../../engine/feed/bookmark.ts';
import type { FeedStream, LiveEvent } from '../../engine/live-feed.ts';
import { type LiveChannel, recordsIn } from './channel.ts';
import { FrameBuilder, framePiece, type Piece } from './frame.ts';
import type { LiveLimits } from './limits.ts';
import type { Viewer } from './viewer.ts';

/** How long a place without news is waited at, in milliseconds, before it is compared again. */
export const CATCH_UP_BEAT_MS = 25;

/** What catching up is done with. */
export interface CatchUpTools {
  readonly partitions: number;
  readonly limits: LiveLimits;
}

/** Who comes again, and what it is to join. */
interface Comer {
  readonly viewer: Viewer;
  readonly channel: Pick<LiveChannel<Piece>, 'bookmark' | 'isEnded' | 'join'>;
  /** `null`: it looks at all. */
  readonly actor: Address | null;
}

/**
 * Tells one who comes again what it missed, as one frame, up to where the channel's next frame
 * begins, and has it join there: nothing is told twice, and nothing is left out. What is more than a
 * page could show is counted alone.
 * @param stream begins where it left off; closed here
 * @returns `null` where the stream ended
 * @throws UpcastError
 */
export async function catchUp(
  { partitions, limits }: CatchUpTools,
  stream: FeedStream,
  { channel, viewer, actor }: Comer,
): Promise<Piece | null> {
  const own = actor && partitionOf(actorKey(actor), partitions);
  const placesOf = (bookmark: string) => {
    const { positions } = decodeBookmark(bookmark, partitions);
    return own === null ? positions : [positions[own] ?? 0];
  };
  const builder = new FrameBuilder(limits.frameActorsMax);
  const found: LiveEvent[] = [];
  try {
    for (;;) {
      if (channel.isEnded) return null;
      const passed = placesOf(stream.bookmark);
      const wanted = placesOf(channel.bookmark);
      const left = recordsBetween(passed, wanted);
      if (left === 0) break;
      if (left > limits.resumeRecordsMax || found.length > 2 * limits.resumeRecordsMax) {
        builder.skip(left);
        break;
      }
      const news = await stream.next();
      if (news === null) return null;
      if (news.kind === 'events') found.push(...news.events);
      if (news.kind === 'gap') builder.skip(recordsIn(news.gap));
    }
  } finally {
    stream.close();
  }
  // What lies beyond, the channel tells.
  const { positions } = decodeBookmark(channel.bookmark, partitions);
  for (const { event } of found) {
    const [partition = 0, position = 0] = event.position.split(/[:.]/).map(Number);
    if (position <= (positions[partition] ?? 0)) builder.add(event);
  }
  channel.join(viewer);
  const { frame, events } = builder.take();
  return framePiece(frame, channel.bookmark, events);
}

/** How many records lie between where one stands and where one wants to be. */
function recordsBetween(passed: readonly number[], wanted: readonly number[]): number {
  return wanted.reduce(
    (sum, position, place) => sum + Math.max(0, position - (passed[place] ?? 0)),
    0,
  );
}
