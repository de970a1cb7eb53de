import type { z } from 'zod';
import type { App, QueryDefinition } from '../define/index.ts';
import type { Address } from './address.ts';
import type { AuditOptions, AuditResult } from './audit/audit.ts';
import type { FeedStream, FollowRequest } from './live-feed.ts';
import type { EventEnvelope, Failed, Outcome } from './outcome.ts';
import type { FeedPlace, Passing } from './passed.ts';

/** A command whose structure was checked. */
export interface ValidCommand {
  readonly type: string;
  /** As parsed by the command's schema. */
  readonly parsed: unknown;
  /** As the client sent it: what an idempotency key is compared with. */
  readonly body: unknown;
}

/** What a command's schema says of a body. */
export type Validation =
  | { readonly ok: true; readonly command: ValidCommand }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** What comes with a command. */
export interface Delivery {
  /** Who sends it: idempotency keys are the sender's own. */
  readonly principal: string;
  readonly idempotencyKey?: string;
  /** The version that the target must have; 0: it must not exist. */
  readonly ifMatch?: number;
  /** 32 hex digits, from `traceparent`. */
  readonly traceId?: string;
}

/** A command that is answered later: kept, or failed at once. */
export type AsyncAnswer =
  | {
      readonly status: 'pending';
      readonly commandId: string;
      /** This answer was given under its key before. */
      readonly replayed: boolean;
    }
  | Failed;

/** One event of an actor's trail. */
export interface TrailItem extends EventEnvelope {
  readonly cause: { readonly commandId: string; readonly type: string; readonly data: unknown };
  readonly facts: unknown;
}

/** A page of an actor's trail, newest first. */
export interface TrailPage {
  readonly items: readonly TrailItem[];
  /** Opaque; `null` on the last page. */
  readonly next: string | null;
  /** This is the last page, and events before it were trimmed. */
  readonly isTrimmed: boolean;
}

/**
 * What a node does with commands and queries. None of its methods rejects for a reason that a
 * command or a store can give, save where said.
 */
export interface Engine {
  readonly app: App;

  /** Whether the app has such a command. */
  knows(type: string): boolean;
  /** Checks the structure of a client's command. `type` must be known. */
  validate(type: string, body: unknown): Validation;
  /**
   * Runs a command to its end. Where there is no room for it, that is decided before this returns:
   * what one caller submits to one actor in order is taken or refused in that order.
   */
  submit(command: ValidCommand, delivery: Delivery): Promise<Outcome>;
  /** Keeps a command durably and runs it later. */
  submitAsync(command: ValidCommand, delivery: Delivery): Promise<AsyncAnswer>;
  /**
   * What became of an async command; `null` when there is none, or no longer.
   * @throws StoreUnavailable
   */
  asyncOutcome(commandId: string): Promise<Outcome | 'pending' | null>;

  /**
   * Runs a query on parsed input; `null` when what it names does not exist.
   * @throws BadCursorError, StoreUnavailable
   */
  query(query: QueryDefinition, input: { params: unknown; search: unknown }): Promise<unknown>;
  /**
   * Waits until the read models show all that was recorded at these places and before, so that a
   * read follows a write. @param withinMs how long, in milliseconds
   * @throws StoreUnavailable
   */
  untilPassed(
    places: readonly FeedPlace[],
    withinMs: number,
    signal: AbortSignal,
  ): Promise<Passing>;
  /**
   * A page of an actor's trail; `null` when nothing was ever recorded of it.
   * @throws BadCursorError, StoreUnavailable
   */
  trail(actor: Address, page: { limit: number; before: string | null }): Promise<TrailPage | null>;
  /**
   * Listens to the events of all actors, from now on or from where somebody left off.
   * @throws BadBookmarkError where that is no place of this feed, StoreUnavailable
   */
  follow(request: FollowRequest): Promise<FeedStream>;

  /**
   * Begins the background work: policies and projections are subscribed when it resolves, so that
   * they miss no command that is submitted after. Without it nothing runs but commands and queries.
   * @throws StoreUnavailable, StoreRefused
   */
  start(): Promise<void>;
  /** How the policies fare, over all nodes. @throws StoreUnavailable */
  policies(): Promise<PoliciesReport>;
  /**
   * The instances of a policy, with their states; `null` where there is no such policy.
   * @throws BadCursorError, StoreUnavailable
   */
  instances(
    policy: string,
    page: { limit: number; cursor: string | null },
  ): Promise<InstancePage | null>;
  /** Parked messages of all policies. @throws BadCursorError, StoreUnavailable */
  deadLetters(page: { limit: number; cursor: string | null }): Promise<DeadLetterPage>;
  /** Has a parked message tried again. @throws StoreUnavailable */
  retryDeadLetter(id: string): Promise<DeadLetterAnswer>;
  /** Gives a parked message up. @throws StoreUnavailable */
  discardDeadLetter(id: string): Promise<DeadLetterAnswer>;

  /**
   * Has the read model of a projection made anew beside the one that is read, from the first record
   * on, by the version that this node has; when it has caught up it takes the other's place at once.
   * One of another version under way is given up for it.
   * @throws StoreUnavailable
   */
  rebuild(projection: string): Promise<RebuildAnswer>;
  /** Gives a rebuild up: what is read stays as it is. @throws StoreUnavailable */
  abandonRebuild(projection: string): Promise<AbandonAnswer>;
  /**
   * Looks whether partitions agree on what no commit holds together, and mends what they do not.
   * @throws StoreUnavailable, and what an invariant of the app throws
   */
  audit(options: AuditOptions): Promise<AuditResult>;
  /** All whom the feed is kept for, by name. @throws StoreUnavailable */
  subscribers(): Promise<readonly SubscriberFigures[]>;
  /** Has nothing kept any more for one who is gone. @throws StoreUnavailable */
  removeSubscriber(name: string): Promise<RemoveAnswer>;

  /** @throws StoreUnavailable when commands cannot be taken now */
  ready(): Promise<void>;
  /** Ends the streams of events, hands the background work over. Takes nothing more (`overloaded`), resolves when what was taken has its answer. */
  drain(): Promise<void>;
}

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
  readonly history: readonly { readonly at: string; readonly error: string }[];
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
