import { PROBE_RECORDS, timeOf } from '../feed/times.ts';
import type { FeedRecord } from '../work-store.ts';

/** Records to read at least before any of them can be seen to go. */
export const REACH_RECORDS_MIN = PROBE_RECORDS + 1;

/**
 * How many records, in a row and beginning with the first that is left, were certainly committed
 * before a time: each bears an earlier one, and so do so many after it that one of these has the
 * time of its commit. So the last few of a feed never go.
 */
export function committedBefore(records: readonly FeedRecord[], time: number): number {
  const firstYounger = records.findIndex((record) => !(timeOf(record) < time));
  const older = firstYounger === -1 ? records.length : firstYounger;
  return Math.max(0, older - PROBE_RECORDS);
}
