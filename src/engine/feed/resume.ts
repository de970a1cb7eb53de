import { parseRecord } from '../record.ts';
import type { WorkStore } from '../work-store.ts';
import { BadBookmarkError, type Bookmark, decodeBookmark } from './bookmark.ts';
import { latestOf, PROBE_RECORDS } from './times.ts';

/**
 * Where one goes on who says what he has: a bookmark, or the position of one event. After a position
 * all that is later in its partition follows; of the others what was committed after it, and some
 * that was committed before it. Where what he has was trimmed, it begins before what was trimmed, so
 * that he who reads on meets the gap.
 * @param timesApartMsMax how far the times of records may be out of the order of their commits
 * @throws BadBookmarkError where no feed like this one could have given it, StoreUnavailable
 */
export async function resume(
  store: WorkStore,
  after: string,
  timesApartMsMax: number,
): Promise<Bookmark> {
  const heads = await store.heads();
  const position = /^(\d{1,10}):(\d{1,15})\.(\d{1,9})$/.exec(after);
  if (!position) return within(heads, decodeBookmark(after, heads.length));
  const [partition = 0, place = 0, index = 0] = position.slice(1).map(Number);
  return afterEvent(store, heads, { partition, position: place, index }, timesApartMsMax);
}

/** @throws BadBookmarkError where a bookmark is beyond the feed: it is of another store */
function within(heads: readonly number[], bookmark: Bookmark): Bookmark {
  const { positions, begun } = bookmark;
  const isWithin = heads.every((head, partition) => {
    const isBegun = begun?.partition === partition;
    return (positions[partition] ?? 0) + (isBegun ? 1 : 0) <= head;
  });
  if (!isWithin) throw new BadBookmarkError('a place beyond the end of this feed');
  return bookmark;
}

interface EventPlace {
  readonly partition: number;
  readonly position: number;
  readonly index: number;
}

async function afterEvent(
  store: WorkStore,
  heads: readonly number[],
  { partition, position, index }: EventPlace,
  timesApartMsMax: number,
): Promise<Bookmark> {
  const isThere = partition < heads.length && position >= 1 && position <= (heads[partition] ?? 0);
  const [found] = isThere ? await store.readFeed(partition, position - 1, 1) : [];
  const record = found?.position === position ? parseRecord(found.body) : null;
  if (isThere && !record && (await store.survey(partition, [])).trimmed >= position) {
    return afterTrimmed(heads, partition, position);
  }
  if (!record || index >= record.events.length) {
    throw new BadBookmarkError('no event of this feed is there');
  }
  const isLast = index === record.events.length - 1;
  const since = Date.parse(record.at) - timesApartMsMax;
  const positions = await Promise.all(
    heads.map((head, each) => {
      if (each === partition) return isLast ? position : position - 1;
      return lastBefore(store, each, head, since);
    }),
  );
  return { positions, begun: isLast ? null : { partition, events: index + 1 } };
}

/**
 * When it was committed is not known any more: of its own partition it is not certain that there was
 * no further event in its record, of the others it is not known what came after it.
 */
function afterTrimmed(heads: readonly number[], partition: number, position: number): Bookmark {
  const positions = heads.map((_, each) => (each === partition ? position - 1 : 0));
  return { positions, begun: null };
}

/**
 * The last position of a feed, up to its head, that was certainly committed before a time; 0 where
 * that is none that is left.
 */
async function lastBefore(
  store: WorkStore,
  partition: number,
  head: number,
  time: number,
): Promise<number> {
  const { trimmed } = await store.survey(partition, []);
  let before = trimmed;
  let end = head;
  while (before < end) {
    const middle = Math.ceil((before + end) / 2);
    if ((await timeAt(store, partition, middle, trimmed)) < time) before = middle;
    else end = middle - 1;
  }
  return before > trimmed ? before : 0;
}

/**
 * When the record at a position was committed, or somewhat before, by the few records that end with
 * it; where some of these were trimmed it may be later, by as many that are left.
 */
async function timeAt(
  store: WorkStore,
  partition: number,
  position: number,
  trimmed: number,
): Promise<number> {
  const after = Math.max(trimmed, position - PROBE_RECORDS);
  const count = trimmed === 0 ? position - after : PROBE_RECORDS;
  const records = await store.readFeed(partition, after, count);
  // Too few are left: nothing certain is known.
  return records.length < count ? Number.POSITIVE_INFINITY : latestOf(records);
}
