/**
 * What operators are told, and what becomes of their words. The inspector's page has these types, too:
 * nothing is imported here.
 */

/** How the policies fare. */
export interface PoliciesReport {
  /** Every commit answered before was passed by all, and nothing is left to do now. */
  readonly idle: boolean;
  readonly policies: readonly PolicyFigures[];
  readonly projections: readonly ProjectionFigures[];
}

/** Figures of one projection, over all partitions. */
export interface ProjectionFigures {
  readonly name: string;
  /** The version that made the read model as it is read now. */
  readonly version: number;
  /** Which making of it is read: a rebuild that takes its place has a higher number. */
  readonly generation: number;
  /** The app has a newer version: its read model is to be rebuilt. */
  readonly wantsRebuild: boolean;
  /** The read model that is made beside the one that is read; `null` where none is. */
  readonly rebuild: RebuildFigures | null;
  /** Records it has not passed. */
  readonly lag: number;
  /** The age of the oldest record it has not passed, in milliseconds; 0 where there is none. */
  readonly oldestPendingMs: number;
}

/** How far a rebuild is, over all partitions. */
export interface RebuildFigures {
  readonly version: number;
  /** `building`: it passes the history; `entering`: it has, and takes the other's place shortly. */
  readonly phase: 'building' | 'entering';
  /** Records it has passed. */
  readonly passed: number;
  /** Records there are. */
  readonly records: number;
}

/**
 * `started`: by this word; `under_way`: it was already, of the same version; `trimmed`: what was
 * before can not be read any more; `unknown`: there is no such projection; `newer`: what is read was
 * made by a newer version than this node has.
 */
export type RebuildAnswer = 'started' | 'under_way' | 'trimmed' | 'unknown' | 'newer';

/** `abandoned`: it ends; `none`: none was under way, or it is through; `unknown`: no such projection. */
export type AbandonAnswer = 'abandoned' | 'none' | 'unknown';

/** One who passes the feed, and whom the feed is kept for. */
export interface SubscriberFigures {
  readonly name: string;
  /** `gone`: this app has none of that name. */
  readonly kind: 'policy' | 'projection' | 'gone';
  /** Records it has not passed, over all partitions. */
  readonly lag: number;
}

/** `removed`: nothing is kept for it any more; `in_use`: the app has it. */
export type RemoveAnswer = 'removed' | 'in_use' | 'unknown';

/** Figures of one policy, over all partitions. */
export interface PolicyFigures {
  readonly name: string;
  /** It takes nothing new, on no node, until it is resumed. */
  readonly paused: boolean;
  /** Records it has not passed. */
  readonly lag: number;
  /** Commands and effects under way, and messages that crossed and wait. */
  readonly inFlight: number;
  /** What failed and waits for its next try. */
  readonly retrying: number;
  readonly deadLetters: number;
  /** Pending timers. */
  readonly timers: number;
  /** The age of the oldest message that waits, in milliseconds; 0 where none does. */
  readonly oldestPendingMs: number;
  /** How many partitions each live node runs for it. */
  readonly holders: Readonly<Record<string, number>>;
}

/** `done`: so it is now, whatever it was before; `unknown`: there is no such policy. */
export type PauseAnswer = 'done' | 'unknown';

/** One instance of a policy. */
export interface InstanceItem {
  /** Its correlation id. */
  readonly id: string;
  readonly partition: number;
  readonly value: unknown;
  readonly context: unknown;
  /** Messages that wait for it: retried, parked, or behind such. */
  readonly waiting: number;
}

export interface InstancePage {
  readonly items: readonly InstanceItem[];
  readonly next: string | null;
}

/** A message parked after its last attempt. */
export interface DeadLetter {
  /** Opaque, URL-safe. */
  readonly id: string;
  readonly policy: string;
  /** The correlation id of its instance. */
  readonly instance: string;
  readonly kind: 'event' | 'outcome' | 'timer' | 'effect' | 'command';
  /** The event's or the command's type. */
  readonly type: string;
  /** The message: an event, or a command with its body. */
  readonly message: unknown;
  readonly error: string;
  readonly attempts: number;
  readonly history: readonly {
    readonly at: string;
    readonly error: string;
    /** Somebody changed its data then: what they were. */
    readonly before?: unknown;
  }[];
  readonly parkedAt: string;
  /** Messages of its instance that wait behind it. */
  readonly waiting: number;
}

export interface DeadLetterPage {
  readonly items: readonly DeadLetter[];
  readonly next: string | null;
}

/**
 * `done`: it was taken up, or given up; `pending`: that is asked for, and the node that runs it has
 * not come to it yet; `unknown`: there is no such letter.
 */
export type DeadLetterAnswer = 'done' | 'pending' | 'unknown';

/** Which dead letters are meant; what is not there lets all through. */
export interface LetterFilter {
  readonly policy?: string | undefined;
  /** The correlation id of their instance. */
  readonly instance?: string | undefined;
  /** What the error says, in any case. */
  readonly error?: string | undefined;
  /** Those parked by then, ISO 8601. */
  readonly through?: string | undefined;
}

/** How many dead letters a word would be about. */
export interface LetterCount {
  readonly count: number;
  /** There may be more: not all were looked at. */
  readonly isCut: boolean;
  /** When the last of them was parked: with it, a filter lets none through that come later. */
  readonly through: string;
  readonly examples: readonly DeadLetter[];
}

/** What came of a word about many. */
export interface LetterSweep {
  readonly done: number;
  /** Asked for, and not come to yet. */
  readonly pending: number;
  /** There may be more of them: the word is to be said again. */
  readonly isCut: boolean;
}
