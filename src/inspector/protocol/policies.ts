import type {
  DeadLetter,
  InstanceItem,
  LetterCount,
  LetterSweep,
  PolicyFigures,
} from '../../engine/reports.ts';

export type { PolicyFigures } from '../../engine/reports.ts';

/** `GET /policies`; one is paused by `POST /policies/{name}/pause`, and goes on by `/resume`. */
export interface PolicyList {
  readonly isIdle: boolean;
  readonly policies: readonly PolicyFigures[];
}

/** `GET /policies/{name}/instances?limit=&cursor=` */
export interface InstanceList {
  readonly items: readonly InstanceItem[];
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
 * `POST /dead-letters/{id}/retry`, `/discard` with `{ reason }`, `/edit` with `{ data }`: tried again
 * with other data.
 */
export interface Letter extends DeadLetter {
  /** What can be edited, masked: what stays masked stays as it is. */
  readonly data: unknown;
  readonly isEditable: boolean;
}

/** What became of a letter: `pending`: it is asked for, and not come to yet. */
export interface LetterSettled {
  readonly status: 'done' | 'pending';
}

/**
 * `POST /dead-letters/count` with `{ policy?, error? }`: how many a word would be about. `through` is
 * to be sent with the word: those parked by then are meant.
 */
export interface LetterCountAnswer extends LetterCount {
  readonly examples: readonly Letter[];
}

/** `POST /dead-letters/settle` with `{ how, policy?, error?, through, reason? }`. */
export type LettersSettled = LetterSweep;
