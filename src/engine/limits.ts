/** Every bound of the engine that can be set, with its unit. */
export interface EngineLimits {
  /** Commands waiting for the next turn of one actor. */
  readonly mailboxCommandsMax: number;
  /** Commands waiting or running in the node. */
  readonly nodeCommandsMax: number;
  /** Commands saved in one commit. */
  readonly turnCommandsMax: number;
  /** Actors whose snapshot is kept in memory. */
  readonly cachedActorsMax: number;
  /** How often a turn may meet a conflict before its commands are given up as overloaded. */
  readonly conflictsMax: number;
  /** Conflicts in a row after which a turn waits before it tries again. */
  readonly conflictsBeforeWait: number;
  /** The longest of those waits, in milliseconds. */
  readonly conflictWaitMsMax: number;
  /** A command older than this is not sent to an unreachable store again, in milliseconds. */
  readonly unavailableAgeMsMax: number;
  /** Between two tries to reach the store for one turn, in milliseconds. */
  readonly unavailableWaitMs: number;
  /** The longest polite wait before a claim is taken from a holder that does not hold it, in ms. */
  readonly stealWaitMsMax: number;
  /** A record of an actor carries its snapshot whenever their number is a multiple of this. */
  readonly recordsPerSnapshot: number;
  /** Microsteps of one step of a machine. */
  readonly microstepsMax: number;
  /** Between two looks for async commands that a dead node left, in milliseconds. */
  readonly asyncSweepMs: number;
  /** Pending async commands read at once from one partition. */
  readonly asyncSweepPage: number;
  /** Between two beats of a node, by which it says that it lives, in milliseconds. */
  readonly leaseBeatMs: number;
  /** How long after its last beat a node is taken to live, in milliseconds. */
  readonly leaseTtlMs: number;
}

/** What the limits are unless set. */
export const DEFAULT_LIMITS: EngineLimits = {
  mailboxCommandsMax: 4_096,
  nodeCommandsMax: 65_536,
  turnCommandsMax: 128,
  cachedActorsMax: 50_000,
  conflictsMax: 64,
  conflictsBeforeWait: 3,
  conflictWaitMsMax: 20,
  unavailableAgeMsMax: 800,
  unavailableWaitMs: 25,
  stealWaitMsMax: 20,
  recordsPerSnapshot: 100,
  microstepsMax: 1_000,
  asyncSweepMs: 10_000,
  asyncSweepPage: 100,
  leaseBeatMs: 1_000,
  leaseTtlMs: 3_000,
};

/** The largest batch the HTTP contract allows. */
export const BATCH_COMMANDS_MAX = 1_000;

/** @throws RangeError naming the relation that does not hold */
export function assertLimits(limits: EngineLimits): void {
  const relations: [boolean, string][] = [
    // Invariant: a mailbox has room for a whole batch.
    [
      limits.mailboxCommandsMax >= BATCH_COMMANDS_MAX,
      `mailboxCommandsMax >= ${BATCH_COMMANDS_MAX}`,
    ],
    [limits.nodeCommandsMax >= limits.mailboxCommandsMax, 'nodeCommandsMax >= mailboxCommandsMax'],
    [limits.turnCommandsMax >= 1, 'turnCommandsMax >= 1'],
    [limits.conflictsBeforeWait < limits.conflictsMax, 'conflictsBeforeWait < conflictsMax'],
    // Invariant: a wait and a last try of a store, about a second, end within two seconds.
    [limits.unavailableAgeMsMax + limits.unavailableWaitMs <= 900, 'unavailable… <= 900 ms'],
    [limits.leaseBeatMs >= 1, 'leaseBeatMs >= 1'],
    // Invariant: a node still lives when two beats in a row were lost.
    [limits.leaseTtlMs >= 3 * limits.leaseBeatMs, 'leaseTtlMs >= 3 * leaseBeatMs'],
    // Invariant: another node has a dead one's leases within five seconds, store calls included.
    [limits.leaseTtlMs + limits.leaseBeatMs <= 4_000, 'leaseTtlMs + leaseBeatMs <= 4,000 ms'],
  ];
  const broken = relations.filter(([holds]) => !holds).map(([, text]) => text);
  if (broken.length > 0) throw new RangeError(`limits do not fit: ${broken.join('; ')}`);
}
