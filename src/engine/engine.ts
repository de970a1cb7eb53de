import type { z } from 'zod';
import type { App, Json, QueryDefinition } from '../define/index.ts';
import type { ActorIndex } from './actor-index/actor-index.ts';
import type { Address } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import type { AuditOptions, AuditResult } from './audit/audit.ts';
import type { PolicyRuntime } from './background/policy-runtime.ts';
import type { EditAnswer, LetterData } from './edits.ts';
import type { Generations } from './generations/generations.ts';
import type { FeedStream, FollowRequest } from './live-feed.ts';
import type { EventEnvelope, Failed, Outcome } from './outcome.ts';
import type { FeedPlace, Passing } from './passed.ts';
import type {
  AbandonAnswer,
  DeadLetterAnswer,
  DeadLetterPage,
  InstancePage,
  LetterCount,
  LetterFilter,
  LetterSweep,
  PauseAnswer,
  PoliciesReport,
  RebuildAnswer,
  RemoveAnswer,
  SubscriberFigures,
} from './reports.ts';
import type { Runtime } from './runtime.ts';
import type { Store } from './store.ts';
import type { Submitter } from './submit.ts';

export type * from './edits.ts';
export type * from './reports.ts';

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
  /** Opaque; `null` on the last page: one that has it may be short, or empty. */
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
  /** What it is made of, for those that look into it. It may change with any version. */
  readonly inside: EngineInside;

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
  /**
   * Has a policy take nothing new, on all nodes and over restarts, until it is resumed: events,
   * timers, retries and words about its dead letters wait. The commands and effects that it began
   * go on, and what they come to is taken. Every node heeds it within a second.
   * @throws StoreUnavailable
   */
  pausePolicy(policy: string): Promise<PauseAnswer>;
  /** Has a paused policy go on, where it stopped. @throws StoreUnavailable */
  resumePolicy(policy: string): Promise<PauseAnswer>;
  /**
   * Parked messages of all policies, or those that a filter lets through: then a page may have fewer
   * than its limit, and others after it. @throws BadCursorError, StoreUnavailable
   */
  deadLetters(page: {
    limit: number;
    cursor: string | null;
    filter?: LetterFilter;
  }): Promise<DeadLetterPage>;
  /** Has a parked message tried again. @throws StoreUnavailable */
  retryDeadLetter(id: string): Promise<DeadLetterAnswer>;
  /** Gives a parked message up. @throws StoreUnavailable */
  discardDeadLetter(id: string): Promise<DeadLetterAnswer>;
  /** What of a parked message can be edited; `null`: there is none. @throws StoreUnavailable */
  deadLetterData(id: string): Promise<LetterData | null>;
  /**
   * Has a parked event or command tried again with other data, checked by its schema first. The
   * feed keeps the event as it was recorded. What the data were stands in the letter's history.
   * @throws StoreUnavailable
   */
  editDeadLetter(id: string, edit: { data: Json; by: string }): Promise<EditAnswer>;
  /** How many parked messages a filter lets through. @throws StoreUnavailable */
  countDeadLetters(filter: LetterFilter): Promise<LetterCount>;
  /** Has many parked messages tried again, or given up, at once. @throws StoreUnavailable */
  settleDeadLetters(how: 'retry' | 'discard', filter: LetterFilter): Promise<LetterSweep>;

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

/** What an engine is made of, as the inspector looks into it. */
export interface EngineInside {
  /** What the node is called among those that hold leases. */
  readonly node: string;
  readonly store: Store;
  readonly runtime: Runtime;
  /** By command. */
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  /** By name. */
  readonly policies: ReadonlyMap<string, PolicyRuntime>;
  readonly generations: Generations;
  readonly submitter: Submitter;
  readonly actorIndex: ActorIndex;
}
