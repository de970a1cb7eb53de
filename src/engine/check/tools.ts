import type { App } from '../../define/index.ts';
import type { Store } from '../store.ts';
import type { Findings } from './findings.ts';
import type { Pace } from './pace.ts';

/** What has been looked at, while a check runs and at its end. */
export interface Counts {
  actors: number;
  /** Histories that were replayed. */
  histories: number;
  /** Histories of which the beginning was trimmed, and no snapshot is left to begin with. */
  trimmedHistories: number;
  /** Histories too long without a snapshot, and actors that changed all the while. */
  skippedHistories: number;
  /** Records of the feed, of so many. */
  records: number;
  recordsAll: number;
  instances: number;
  /** Messages, commands, timers and effects that wait. */
  waiting: number;
}

/** What each part of a check works with. None of them writes. */
export interface CheckTools {
  readonly app: App;
  readonly store: Store;
  readonly findings: Findings;
  readonly counts: Counts;
  readonly pace: Pace;
  /** Told now and then that there is something new to tell. */
  readonly onProgress: () => void;
}
