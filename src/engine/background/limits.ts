import type { GenerationLimits } from '../generations/generations.ts';

/** Every bound of the background work that can be set, with its unit. */
export interface BackgroundLimits extends GenerationLimits {
  /** Messages that one policy takes in one commit, on one partition. */
  readonly batchMessagesMax: number;
  /** Partitions whose feeds one node passes at once. */
  readonly cyclesMax: number;
  /** How long one of them waits for who is slow, and others for its place, in milliseconds. */
  readonly cycleMsMax: number;
  /** How long what is not urgent waits to be written with something else, in milliseconds. */
  readonly lingerMs: number;
  /** Records read at once from a feed. */
  readonly feedPage: number;
  /** Records of one feed kept in memory for subscribers that are a little behind. */
  readonly windowRecordsMax: number;
  /** Commands or effects of one policy, on one partition, from which on it takes nothing new. */
  readonly outboxCommandsMax: number;
  /** Effects of one policy, on one partition, that run at once. */
  readonly effectsMax: number;
  /** Instances of one policy, on one partition, kept in memory. */
  readonly cachedInstancesMax: number;
  /** Row writes in one commit. */
  readonly stepRowsMax: number;
  /** Between two looks at a partition that nothing wakes, in milliseconds. */
  readonly lookMs: number;
  /** How old a node's knowledge of paused policies may be when it takes something, in ms. */
  readonly pauseLookMs: number;
  /** The wait before the second try of what failed; doubled with every further one. In ms. */
  readonly retryWaitMs: number;
  /** The longest of those waits, in milliseconds. */
  readonly retryWaitMsMax: number;
  /** How long a target keeps its answer to a policy's command, in milliseconds. */
  readonly answerTtlMs: number;
  /** How long an operator's word about a dead letter is waited for, in milliseconds. */
  readonly deadLetterWaitMs: number;
  /** Between two looks at what of the feed may be trimmed, in milliseconds. */
  readonly trimMs: number;
  /** Records read to be trimmed at once. */
  readonly trimPage: number;
  /** The pause after each of these, in milliseconds. */
  readonly trimPauseMs: number;
  /**
   * How old a record is at least when it is trimmed, in milliseconds, counted from the oldest thing
   * there is to do: what may have been done before is looked for in the history. Twice as long as the
   * clocks of nodes may be apart for that.
   */
  readonly trimAgeMsMin: number;
  /** Partitions on which one node passes history for read models that are rebuilt, at once. */
  readonly backfillsMax: number;
  /** Partitions whose indexes one node works on at once. */
  readonly indexersMax: number;
  /** Records or actors that an index takes at once. */
  readonly indexPage: number;
  /** Between two such pages of a busy node, all its indexes together, in milliseconds. */
  readonly indexIntervalMs: number;
  /** How long an index waits so that what comes is taken together, in milliseconds. */
  readonly indexLingerMs: number;
  /** The same where much comes. */
  readonly indexLingerMsMax: number;
  /** For how long after somebody looked an index is kept up, in milliseconds. */
  readonly indexWantedMs: number;
  /** Records of one partition from which on it is shorter to read all actors than to pass them. */
  readonly indexRecordsMax: number;
  /** Records, over all partitions, that are found by their correlation id. */
  readonly traceRecordsMax: number;
  /** Between two looks at rebuilds under way, in milliseconds. */
  readonly rebuildLookMs: number;
  /** Entries of a read model nobody reads any more that are removed at once. */
  readonly discardPage: number;
  /** The pause after each of these removals, in milliseconds. */
  readonly discardPauseMs: number;
}

/** What the limits are unless set. */
export const DEFAULT_BACKGROUND_LIMITS: BackgroundLimits = {
  batchMessagesMax: 256,
  cyclesMax: 4,
  cycleMsMax: 50,
  lingerMs: 5,
  feedPage: 512,
  windowRecordsMax: 512,
  outboxCommandsMax: 1_000,
  effectsMax: 64,
  cachedInstancesMax: 200,
  stepRowsMax: 2_000,
  lookMs: 5_000,
  pauseLookMs: 500,
  retryWaitMs: 100,
  retryWaitMsMax: 30_000,
  answerTtlMs: 10 * 60 * 1_000,
  deadLetterWaitMs: 2_000,
  trimMs: 60_000,
  trimPage: 512,
  trimPauseMs: 20,
  trimAgeMsMin: 2 * 60 * 1_000,
  backfillsMax: 2,
  indexersMax: 2,
  indexPage: 512,
  indexIntervalMs: 80,
  indexLingerMs: 200,
  indexLingerMsMax: 1_000,
  indexWantedMs: 5 * 60 * 1_000,
  indexRecordsMax: 50_000,
  traceRecordsMax: 100_000,
  rebuildLookMs: 250,
  discardPage: 500,
  discardPauseMs: 10,
  viewMs: 1_000,
  viewMsMax: 10_000,
};
