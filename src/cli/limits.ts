/** Most commands in one batch request; the contract allows 1,000. */
export const BATCH_COMMANDS_MAX = 1_000;

/** Batches on their way at once: while one is answered the next is already at the server. */
export const BATCHES_IN_FLIGHT = 2;

/** How long one batch may take to be answered before it is sent again, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000;

/** First and longest pause before a batch is sent again, in milliseconds. */
export const RETRY_PAUSE_MS_MIN = 250;
export const RETRY_PAUSE_MS_MAX = 5_000;

/** A batch of which nothing was acknowledged for this long ends the run, in milliseconds. */
export const PATIENCE_MS = 300_000;

/** A command that met this many internal errors of the server counts as failed. */
export const SYSTEM_ERRORS_MAX = 3;

/**
 * How long a server is trusted to remember an idempotency key, in milliseconds.
 *
 * Invariant: less than the 24 hours the server promises, by more than a run's patience.
 */
export const KEY_LIFE_MS = 23 * 3_600_000;

/** Between two looks whether policies are idle, and between two lines about it, in milliseconds. */
export const IDLE_LOOK_MS = 200;
export const IDLE_NOTE_MS = 2_000;

/** Policies that have not come further for this long are not waited for, in milliseconds. */
export const IDLE_PATIENCE_MS = 120_000;

/** Between two looks how far a rebuild is, in milliseconds. */
export const REBUILD_LOOK_MS = 250;

/** A rebuild that has not come further for this long is told to stand still, in milliseconds. */
export const REBUILD_PATIENCE_MS = 15_000;

/** Accounts read at once when a server is compared with a file. */
export const ACCOUNTS_IN_FLIGHT = 16;

/** Items of one page, the most the contract allows. */
export const PAGE_ITEMS = 200;

/** Of an account's follows only the first so many stay: later ones a policy removes. */
export const FOLLOWS_MAX = 5_000;
