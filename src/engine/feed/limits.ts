import { TIMES_APART_MS_MAX } from './times.ts';

/** Every bound of the live feed that can be set, with its unit. */
export interface FeedLimits {
  /** Between two looks at the heads of all feeds while somebody listens, in milliseconds. */
  readonly lookMs: number;
  /** Between two rounds of reading at least: what comes meanwhile is read together. In ms. */
  readonly roundMs: number;
  /** Records read at once from a feed for all who listen. */
  readonly tailPage: number;
  /** Feeds read at once. */
  readonly tailReadsMax: number;
  /** Records kept for all who listen, however far each of them is. */
  readonly tailRecordsMax: number;
  /** The same in characters of their bodies. */
  readonly tailCharsMax: number;
  /** Records handed to a listener at once: all that is held for one that does not read. */
  readonly batchRecordsMax: number;
  /** The same in characters of their bodies; one record may have more. */
  readonly batchCharsMax: number;
  /** Before a listener tries a store again that did not answer, in milliseconds. */
  readonly retryMs: number;
  /** How far the times of records may be out of the order they were committed in, in ms. */
  readonly timesApartMsMax: number;
}

/** What the limits are unless set. */
export const DEFAULT_FEED_LIMITS: FeedLimits = {
  lookMs: 100,
  roundMs: 5,
  tailPage: 256,
  tailReadsMax: 16,
  tailRecordsMax: 8_192,
  tailCharsMax: 8 * 1024 * 1024,
  batchRecordsMax: 64,
  batchCharsMax: 256 * 1024,
  retryMs: 250,
  timesApartMsMax: TIMES_APART_MS_MAX,
};
