/**
 * When records were committed, as far as they tell. A record bears the time at which its command
 * was first sent, and one that was tried again may be much older than its commit. So of records in
 * a row the latest is taken to bear the time of its commit, or nearly.
 */
import { parseRecord } from '../record.ts';
import type { FeedRecord, WorkStore } from '../work-store.ts';

/** Records in a row of which one is taken to bear the time of its commit. */
export const PROBE_RECORDS = 16;

/** How far the times of records may be out of the order of their commits, in milliseconds. */
export const TIMES_APART_MS_MAX = 5_000;

/** The time that a record bears, in ms since 1970. */
export function timeOf({ body }: FeedRecord): number {
  return Date.parse(parseRecord(body).at);
}

/** The latest time that some records bear; of none, the beginning of time. */
export function latestOf(records: readonly FeedRecord[]): number {
  return Math.max(...records.map(timeOf));
}

/**
 * Whether what was trimmed of a feed was certainly committed before a time: the records that are
 * left next were, or nothing was trimmed.
 * @param apartMsMax how far times may be out of order, in milliseconds
 * @returns also up to where it was trimmed when it was looked at
 * @throws StoreUnavailable
 */
export async function wasTrimmedBefore(
  store: WorkStore,
  partition: number,
  time: number,
  apartMsMax: number,
): Promise<{ readonly isBefore: boolean; readonly trimmed: number }> {
  const { trimmed } = await store.survey(partition, []);
  if (trimmed === 0) return { isBefore: true, trimmed };
  const next = await store.readFeed(partition, trimmed, PROBE_RECORDS);
  const tells = next.length === PROBE_RECORDS;
  return { isBefore: tells && latestOf(next) < time - apartMsMax, trimmed };
}
