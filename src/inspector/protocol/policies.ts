/** `GET /policies` */
export interface PolicyList {
  readonly isIdle: boolean;
  readonly policies: readonly PolicyRow[];
}

/** A policy, over all partitions. */
export interface PolicyRow {
  readonly name: string;
  /** It takes nothing new: `POST /policies/{name}/pause` and `/resume`. */
  readonly paused: boolean;
  readonly lag: number;
  readonly inFlight: number;
  readonly retrying: number;
  readonly deadLetters: number;
  readonly timers: number;
  readonly oldestPendingMs: number;
  /** How many partitions each node runs for it. */
  readonly holders: Readonly<Record<string, number>>;
}

/** `GET /policies/{name}/instances?limit=&cursor=` */
export interface InstanceList {
  readonly items: readonly {
    readonly id: string;
    readonly partition: number;
    readonly value: unknown;
    readonly context: unknown;
    readonly waiting: number;
  }[];
  readonly nextCursor: string | null;
}

/**
 * `GET /dead-letters?policy=&instance=&error=&limit=&cursor=`: those of this instance, and whose error
 * has this text. A page may be short, and others follow.
 */
export interface LetterList {
  readonly items: readonly Letter[];
  readonly nextCursor: string | null;
}

/**
 * A message parked after its last attempt. `POST /dead-letters/{id}/retry`, `/discard` with
 * `{ reason }`, `/edit` with `{ data }`: tried again with other data.
 */
export interface Letter {
  readonly id: string;
  readonly policy: string;
  readonly instance: string;
  readonly kind: 'event' | 'outcome' | 'timer' | 'effect' | 'command';
  readonly type: string;
  readonly message: unknown;
  /** What can be edited, masked: what stays masked stays as it is. */
  readonly data: unknown;
  readonly isEditable: boolean;
  readonly error: string;
  readonly attempts: number;
  readonly history: readonly {
    readonly at: string;
    readonly error: string;
    /** Somebody edited it then: what the data were. */
    readonly before?: unknown;
  }[];
  readonly parkedAt: string;
  readonly waiting: number;
}

/** What became of a letter: `pending`: it is asked for, and not come to yet. */
export interface LetterSettled {
  readonly status: 'done' | 'pending';
}

/** `POST /dead-letters/count` with `{ policy?, error? }`: how many a word would be about. */
export interface LetterCountAnswer {
  readonly count: number;
  readonly isCut: boolean;
  /** To be sent with the word: those parked by then are meant. */
  readonly through: string;
  readonly examples: readonly Letter[];
}

/** `POST /dead-letters/settle` with `{ how, policy?, error?, through, reason? }`. */
export interface LettersSettled {
  readonly done: number;
  readonly pending: number;
  /** There are more: the word is to be said again. */
  readonly isCut: boolean;
}
