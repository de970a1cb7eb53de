import type { MachineSummary } from './chart.ts';

/** `GET /overview` */
export interface Overview {
  /** The node that answers, by its name among `nodes`. */
  readonly node: string;
  readonly nodes: readonly { readonly name: string; readonly partitions: number }[];
  readonly partitions: number;
  /** Records in all feeds. */
  readonly records: number;
  readonly growth: FeedGrowth | null;
  readonly isIdle: boolean;
  readonly deadLetters: number;
  readonly lag: number;
  /** Policies that are paused. */
  readonly paused: number;
  readonly followers: readonly Follower[];
  readonly commands: LatestCommandFigures;
  readonly machines: readonly MachineSummary[];
}

/** How the feeds grew of late; `null` where that is to come: two looks are compared. */
export interface FeedGrowth {
  readonly recordsPerSecond: number;
  /** Over how long, in seconds: a minute at most. */
  readonly seconds: number;
}

/** A policy or a projection: what passes the feeds. */
export interface Follower {
  readonly kind: 'policy' | 'projection';
  readonly name: string;
  /** Records it has not passed. */
  readonly lag: number;
  /** The age of the oldest of what waits, in milliseconds; 0 where nothing does. */
  readonly oldestPendingMs: number;
  /** What failed and waits for its next try. */
  readonly retrying: number;
  readonly deadLetters: number;
  /**
   * `rebuilding`: its read model is made anew beside the one that is read; `outdated`: the app has a
   * newer version of it, and it is to be rebuilt.
   */
  readonly state: 'running' | 'paused' | 'rebuilding' | 'outdated';
}

/** What clients' commands took, on the node that answers alone, while somebody looked. */
export interface LatestCommandFigures {
  /** Over how long, in seconds: a minute at most. */
  readonly seconds: number;
  /** What a quantile may be off, as a part of it. */
  readonly quantileError: number;
  /** The most frequent first. */
  readonly items: readonly CommandFigures[];
}

/** How commands of one type fared of late. */
export interface CommandFigures {
  readonly command: string;
  readonly perSecond: number;
  /** Half of them were answered so fast, in milliseconds, give or take the quantile's error. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
}
