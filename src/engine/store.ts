/**
 * The store port. Every promise about atomicity and order stands here; `test/contract` holds all
 * implementations to it.
 *
 * The key space is split into a fixed number of partitions. What lives in one partition is
 * changed in one atomic step; nothing is atomic across two. An actor, its collections, its part
 * of the feed and its kept replies live in the partition of its key; a claim in that of the
 * claim; an idempotency pointer in that of its key; an async command in that of its command id.
 *
 * Every method rejects with {@link StoreUnavailable} when the store cannot be reached or does not
 * answer in time, and with another error only for a fault of the program. None hangs: each ends
 * within the store's own limit, about a second.
 */
import type { ActorKey, Address } from './address.ts';
import type { WorkStore } from './work-store.ts';

/** Random id of one turn. The last one of an actor is what a commit compares. */
export type TurnId = string & { readonly __brand: 'TurnId' };

export interface Store extends WorkStore {
  /** How many partitions there are: fixed when the store is made. */
  readonly partitions: number;

  /**
   * Reads in one round trip. Within one partition reads are made in the order of the request's
   * fields: pointers, actor, views, entries, sizes. So the actor's turn id is never newer than
   * what is read of its collections.
   */
  fetch(request: FetchRequest): Promise<FetchReply>;

  /**
   * Commits one turn of one actor, or nothing, in one atomic step:
   * 1. `turnId` is among the actor's recent turns → `committed` once more, changing nothing.
   * 2. the actor's last turn id is not `expected` → `conflict`.
   * 3. a reply to one of `replies` is kept already → `answered`.
   * 4. otherwise everything is written, and the turn becomes the actor's last.
   * A commit with nothing to write is a check: it writes nothing, not even the turn.
   * Records get gapless positions in the order given. Durable when the promise resolves, as far
   * as the store's settings allow.
   */
  commit(commit: Commit): Promise<CommitReply>;

  /** Replaces a claim if it is as expected (`null`: nobody's), in one atomic step. */
  swapClaim(claim: string, expected: Claim | null, next: Claim | null): Promise<SwapReply>;

  /**
   * In one atomic step: where the committed state of `holder` holds `claim`, `held`. Otherwise
   * makes `fence` the last turn of `holder`, so that no turn that began before can commit, and
   * answers `fenced`; a fence that is among its recent turns changes nothing: it is a copy of one
   * that did. The holder need not exist, and does not come to exist by it.
   */
  fenceClaim(holder: ActorKey, claim: string, fence: TurnId): Promise<'held' | 'fenced'>;

  /** A kept reply of the actor, by command id; `null` when there is none, or no longer. */
  reply(actor: Address, commandId: string): Promise<KeptReply | null>;

  /**
   * A page of a collection, newest first: by `at`, then by key, both descending.
   * `after` need not be there any more. Costs the page, not the collection.
   */
  page(collection: CollectionRef, page: PageRequest): Promise<readonly EntryRow[]>;

  /**
   * Records of one actor, newest first, with the snapshots that they carry, from the one at `from`
   * on (`null`: the last). Costs the page; a position of no record of this actor gives none.
   */
  trail(actor: Address, from: number | null, limit: number): Promise<Trail>;

  /** Keeps an async command, unless one of that id is kept; durable when it resolves. */
  putAsync(commandId: string, command: string): Promise<void>;
  /** Sets the result of an async command and its time to live; it is pending no longer. */
  finishAsync(commandId: string, result: string, ttlMs: number): Promise<void>;
  /** An async command; `null` when there is none, or no longer. */
  async(commandId: string): Promise<AsyncCommand | null>;
  /** Pending async commands of one partition, oldest first. */
  pendingAsync(partition: number, limit: number): Promise<readonly AsyncCommand[]>;

  /**
   * Changes when what was read before may no longer be so although no commit of this node or
   * another changed it: the store was replaced, restored or restarted with a loss.
   */
  epoch(): number;

  /** Resolves when the store answers and takes writes. */
  ping(): Promise<void>;
  /** Ends connections after what is under way. */
  close(): Promise<void>;
}

/** What a turn or a query reads. */
export interface FetchRequest {
  readonly pointers: readonly PointerRequest[];
  readonly actor: Address | null;
  readonly views: readonly Address[];
  readonly entries: readonly EntryRef[];
  readonly sizes: readonly CollectionRef[];
}

export interface FetchReply {
  /** What was there before: `null` where this request set the pointer. */
  readonly pointers: readonly (string | null)[];
  readonly actor: ActorRow | null;
  /** JSON; `null` where there is no such actor. */
  readonly views: readonly (string | null)[];
  readonly entries: readonly (EntryRow | null)[];
  readonly sizes: readonly number[];
}

/** Sets an idempotency pointer if there is none of that key. */
export interface PointerRequest {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}

export interface CollectionRef {
  readonly actor: Address;
  readonly collection: string;
}

export interface EntryRef extends CollectionRef {
  readonly key: string;
}

/** An entry of a collection, as it is stored. */
export interface EntryRow {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** JSON; `null` where the collection has no values. */
  readonly value: string | null;
}

/** What the store knows of an actor. An actor exists if it has a state. */
export interface ActorRow {
  /** `null` for an actor that nothing was ever written about. */
  readonly lastTurn: TurnId | null;
  /** The last turns, newest first; at least {@link RECENT_TURNS} of them, or all. */
  readonly recent: readonly RecentTurn[];
  /** Whether `recent` holds every turn the actor ever had. */
  readonly recentIsAll: boolean;
  /** Written by the engine, opaque to the store. */
  readonly state: string | null;
}

/** How many turns an actor's row names at least. */
export const RECENT_TURNS = 8;

/** One of the last turns of an actor: a commit, or a fence. */
export interface RecentTurn {
  readonly turnId: TurnId;
  /** Of its first record; of the feed's head, where it has none. */
  readonly position: number;
  /** How many records the actor had after it, rejections included. */
  readonly records: number;
}

/** One turn: what it saw last, and all that it writes. */
export interface Commit {
  readonly actor: Address;
  readonly turnId: TurnId;
  /** The actor's last turn id as fetched. */
  readonly expected: TurnId | null;
  /** The new state, opaque; `null` leaves the old one. */
  readonly state: string | null;
  /** The new public view, JSON on one line; `null` leaves the old one. */
  readonly view: string | null;
  /** What the actor holds from now on, claim → token; `null` leaves it as it was. */
  readonly held: Readonly<Record<string, string>> | null;
  readonly records: readonly NewRecord[];
  /** How many records the actor has after this commit. */
  readonly recordCount: number;
  /** At most one write per collection and key. */
  readonly entries: readonly EntryWrite[];
  readonly replies: readonly NewReply[];
}

/** Whether a commit has nothing to write: it only checks that its answers hold. */
export function isCheck(commit: Commit): boolean {
  return (
    commit.state === null &&
    commit.view === null &&
    commit.held === null &&
    commit.records.length === 0 &&
    commit.entries.length === 0 &&
    commit.replies.length === 0
  );
}

/** A record for the feed. */
export interface NewRecord {
  /** JSON. */
  readonly body: string;
  /** The actor's state after this record, where the record is to carry it. */
  readonly snapshot: string | null;
}

export interface EntryWrite {
  readonly collection: string;
  readonly key: string;
  /** Milliseconds since 1970; `null` removes the entry. */
  readonly at: number | null;
  /** JSON; `null` in a collection without values. */
  readonly value: string | null;
}

/** A reply to keep with the actor, until its time to live is over. */
export interface NewReply {
  readonly commandId: string;
  /** JSON. */
  readonly body: string;
  /** The index in `records` of the command's record; `null` for the feed's head. */
  readonly record: number | null;
  readonly ttlMs: number;
}

export interface KeptReply {
  readonly body: string;
  readonly position: number;
}

export type CommitReply =
  /** `position` of the first record; of the feed's head (0: empty) where there is none. */
  | { readonly kind: 'committed'; readonly position: number }
  | { readonly kind: 'conflict'; readonly actor: ActorRow }
  /** Of those commands a reply is kept already. Nothing was written. */
  | { readonly kind: 'answered'; readonly commandIds: readonly string[] };

/** Who has a claim, and by which taking. */
export interface Claim {
  readonly holder: ActorKey;
  /** New with every taking. */
  readonly token: string;
}

export type SwapReply =
  | { readonly kind: 'swapped' }
  | { readonly kind: 'other'; readonly current: Claim | null };

export interface PageRequest {
  readonly limit: number;
  /** The last entry of the page before; `null` for the first page. */
  readonly after: { readonly at: number; readonly key: string } | null;
}

export interface Trail {
  readonly records: readonly { position: number; body: string; snapshot?: string }[];
  /** Where the next page begins; `null` at the beginning of the trail, or of what is left of it. */
  readonly next: number | null;
  /** Whether the actor had records before these that were trimmed. */
  readonly isTrimmed: boolean;
}

export interface AsyncCommand {
  readonly commandId: string;
  /** Written by the engine, opaque to the store. */
  readonly command: string;
  /** `null` while it is pending. */
  readonly result: string | null;
}

/** The store is out of reach, or did not answer in time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param applied `unknown` when the request may have taken effect nevertheless */
  constructor(
    message: string,
    readonly applied: 'no' | 'unknown',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The store cannot be used as it is: wrong layout, partitions, settings or version. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}
