import { BATCH_COMMANDS_MAX, DEFAULT_LIMITS } from '../engine/limits.ts';

/** Every bound of the HTTP layer, with its unit. */
export const HTTP_LIMITS = {
  /** A command's body, a line of a stream, an entry of a batch. */
  commandBytesMax: 64 * 1024,
  /** The body of a JSON batch. */
  batchBytesMax: 4 * 1024 * 1024,
  batchCommandsMax: BATCH_COMMANDS_MAX,
  /** Objects and arrays inside one another. */
  nestingMax: 32,
  idempotencyKeyCharsMax: 255,
  /** Field faults named in one problem. */
  errorsMax: 50,
  /** From a request's headers to the end of its body; streams have no such limit. */
  bodyMsMax: 30_000,
  /** Commands of one stream that wait for their outcome or their place in the answer. */
  streamWindowCommandsMax: 512,
  /** The first pause of a stream that met a full mailbox, and the longest. */
  streamPauseMsMin: 5,
  streamPauseMsMax: 1_000,
  headerBytesMax: 16 * 1024,
  headersMsMax: 20_000,
  /** Longer than the idle time of common load balancers, which is 60 s. */
  keepAliveMs: 72_000,
  connectionsMax: 10_000,
  /** A page of an actor's trail, of instances, of dead letters. */
  pageItemsMax: 200,
  pageItemsDefault: 50,
  /** Positions that one query may wait for. */
  minPositionsMax: 100,
  /** How long a query waits for them: unless it says, and at most. */
  waitSecondsDefault: 5,
  waitSecondsMax: 30,
  cursorCharsMax: 2_048,
  /** Streams of events that one node serves at once. */
  eventStreamsMax: 1_000,
  /** Between two heartbeats of a stream of events. */
  eventBeatMs: 15_000,
  /** `type:id` of an actor in a query. */
  actorKeyCharsMax: 2_000,
  /** How long the store may take for metrics: less than what collects them waits. */
  metricsStoreMsMax: 2_000,
  /** How long what was read for metrics is given out again. */
  metricsKeptMs: 1_000,
  /** For how long after somebody looked what commands take is still kept for them, in milliseconds. */
  latestKeptMs: 30_000,
  /** Verified bearer tokens remembered. */
  verifiedTokensMax: 1_000,
  /** From the first signal to the end of the process: less than the promised 10 s. */
  shutdownMsMax: 9_000,
  /** From the last outcome to the end of connections that are still open. */
  gentleCloseMsMax: 5_000,
  /** During a shutdown: how long a connection stays open for a request that is on its way. */
  lastRequestMs: 500,
  /** After which a client that got `overloaded` may try again. */
  retryAfterSeconds: 1,
} as const;

const relations: readonly [boolean, string][] = [
  // Invariant: a stream never fills a mailbox by itself.
  [
    HTTP_LIMITS.streamWindowCommandsMax < DEFAULT_LIMITS.mailboxCommandsMax,
    'streamWindowCommandsMax < mailboxCommandsMax',
  ],
  // Invariant: streams of events leave connections for commands.
  [HTTP_LIMITS.eventStreamsMax < HTTP_LIMITS.connectionsMax, 'eventStreamsMax < connectionsMax'],
  // Invariant: a batch of the largest number of usual commands fits its body.
  [HTTP_LIMITS.commandBytesMax < HTTP_LIMITS.batchBytesMax, 'commandBytesMax < batchBytesMax'],
  // Invariant: a shutdown ends clients that do not, before it is itself given up.
  [HTTP_LIMITS.gentleCloseMsMax < HTTP_LIMITS.shutdownMsMax, 'gentleCloseMsMax < shutdownMsMax'],
  [HTTP_LIMITS.streamPauseMsMin < HTTP_LIMITS.streamPauseMsMax, 'streamPauseMsMin < …Max'],
];
for (const [holds, text] of relations) {
  if (!holds) throw new RangeError(`limits do not fit: ${text}`);
}
