/**
 * The part of the store port that background work stands on: feeds and their subscribers, leases,
 * rows, transfers, wake-ups. All of it lies in partitions, as everything in the store does: what
 * one method does in one partition is one atomic step.
 */
import type { ActorKey } from './address.ts';
import type { CollectionRef } from './store.ts';
import type {
  LookedAtActor,
  RankedOwner,
  RowPost,
  RowWrite,
  Transfer,
  WorkRow,
} from './work-rows.ts';

export type * from './work-rows.ts';

/** Fencing token of one holding of a lease: compared for equality, never used twice. */
export type Fence = string & { readonly __brand: 'Fence' };

export interface WorkStore {
  /** Records of a partition's feed after a position, in order. Costs the page, not the feed. */
  readFeed(partition: number, after: number, limit: number): Promise<readonly FeedRecord[]>;
  /** The head of every partition's feed, by partition; 0: empty. */
  heads(): Promise<readonly number[]>;

  /**
   * Gives every subscriber that has no checkpoint one, on every partition: at the head as it is
   * now, or before the first record that is there. A checkpoint that is there stays as it is.
   */
  subscribe(subscribers: readonly Subscriber[]): Promise<void>;
  /** The checkpoint of one subscriber on every partition, by partition; 0 where it has none. */
  checkpoints(subscriber: string): Promise<readonly number[]>;
  /** Takes the checkpoints of a subscriber away, on every partition; it may have none. */
  unsubscribe(subscriber: string): Promise<void>;
  /**
   * Forgets the oldest records of a partition's feed: those at a position or before it, none that
   * a subscriber has not passed, and perhaps fewer, so that no step is long. The head stays.
   * @returns the position of the last record that is not there any more; 0: all are
   */
  trim(partition: number, through: number): Promise<number>;

  /**
   * Says that a node lives, for so long from now by the store's clock.
   * @returns all nodes that live now, this one among them, in the order of their names
   */
  beat(node: string, ttlMs: number): Promise<readonly string[]>;
  /** Takes a node's word back, and wakes the others (`nodes`). */
  leave(node: string): Promise<void>;
  /** The lease of every partition, by partition; `null` where there never was one. */
  leases(): Promise<readonly (Lease | null)[]>;
  /**
   * Replaces a lease if its fence is as expected (`null`: there never was one). A lease without a
   * node is one given back; writing such a one wakes the nodes (`nodes`).
   * @returns whether it was replaced, or is as `next` says already
   */
  swapLease(partition: number, expected: Fence | null, next: Lease): Promise<boolean>;

  /**
   * Makes one step of a partition's background work, or nothing:
   * 1. the lease has another fence, or no node → `fenced`.
   * 2. `stepId` is that of the last step under this fence → `done` once more, changing nothing.
   * 3. it has a number, and the last step under this fence has that number or a higher one →
   *    `fenced`: it is a copy that was long on its way, and the step was made since.
   * 4. a subscriber's checkpoint is not as expected → `moved`.
   * 5. otherwise everything is written.
   */
  step(step: WorkStep): Promise<StepReply>;

  /**
   * Writes rows on behalf of nobody's lease, if every expected row is as it says, and wakes the
   * partition. @returns whether it did
   */
  post(post: RowPost): Promise<boolean>;

  /**
   * Brings what comes from elsewhere into a partition. Beside it stands a cursor: items at or
   * before it were brought already and are dropped; the others are written in their order, and
   * the cursor moves to the last. So that each is written once, whoever brings it how often.
   * Wakes the partition if it wrote rows.
   */
  transfer(transfer: Transfer): Promise<void>;

  /**
   * The positions that transfers of these cursors have reached in a partition; 0 where nothing was
   * brought.
   */
  cursors(partition: number, names: readonly string[]): Promise<readonly number[]>;
  /**
   * Has a cursor stand no further than a position: where they came from lost what is behind it.
   * @returns whether it stood further
   */
  rewind(partition: number, cursor: string, position: number): Promise<boolean>;

  /**
   * The first owners of a ranking, over all partitions: those with most entries first, then by id
   * in the order of code points. An owner without entries is not in it. Each partition's part is
   * as it is at one moment. Costs the owners asked for and the partitions, not all owners.
   */
  ranking(name: string, limit: number): Promise<readonly RankedOwner[]>;

  /**
   * The ids of the actors of a type, and of the owners of such a type that have entries: in no
   * order, some perhaps twice. One that is there from the first page to the last is in one of them.
   * All pages together cost all keys of the store: for rare work in the background.
   * @param cursor `null` for the first page
   * @returns also the cursor of the next page; `null` after the last. A page may be empty.
   */
  owners(
    type: string,
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>;
  /**
   * What is stored of actors that live in a partition, in the order given: for those who look at
   * many. @param withRecord whether the newest record of each is read, too
   */
  actors(
    partition: number,
    actors: readonly ActorKey[],
    withRecord: boolean,
  ): Promise<readonly LookedAtActor[]>;
  /**
   * Removes up to so many entries of an owner's collection, and has the ranking that it is in, if
   * any, show what is left. @returns whether there are more
   */
  clear(
    collection: CollectionRef,
    options: { readonly rank: string | null; readonly limit: number },
  ): Promise<boolean>;

  /** Rows of a table by key; `null` for one that is not there. */
  rows(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (string | null)[]>;
  /**
   * The order of rows by key; `null` for one that has none or is not there. Costs the keys, not the
   * table: for those who look at single rows.
   */
  orders(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (number | null)[]>;
  /**
   * Rows of a table that have an order, in it: by `order`, then by key.
   * @param after the last row of the page before; `null` for the first page
   * @param until rows of this order and before; `now`: what the store's clock says, in ms since
   * 1970; `null`: all
   * @param isReverse the last come first, by `order` and by key; then `until` gives rows of this
   * order and behind
   */
  scan(
    partition: number,
    table: string,
    page: {
      readonly after: { readonly order: number; readonly key: string } | null;
      readonly until: number | 'now' | null;
      readonly limit: number;
      readonly isReverse?: boolean;
    },
  ): Promise<readonly WorkRow[]>;

  /**
   * Looks at a partition before its holder rests. Where the feed's head still is `head`, the next
   * commit to it wakes the partition; otherwise nothing is promised (`resting: false`).
   */
  rest(request: RestRequest): Promise<RestReply>;
  /** How much lies in a partition; for figures. Costs the tables asked for, not their rows. */
  survey(partition: number, tables: readonly string[]): Promise<Survey>;

  /**
   * Calls `listener` with what may have news: a partition, `nodes`, or `all` after a connection
   * was lost in between. A hint: it may come late, twice, or not at all.
   * @returns ends the calls
   */
  onWake(listener: (woken: Woken) => void): () => void;
}

/** What may have news. */
export type Woken = number | 'nodes' | 'all';

/** One who passes the whole feed: a policy or a projection. */
export interface Subscriber {
  readonly name: string;
  /** Where it begins. */
  readonly from: 'head' | 'beginning';
}

export interface FeedRecord {
  readonly position: number;
  readonly actor: ActorKey;
  readonly body: string;
}

/** Who runs a partition's background work. */
export interface Lease {
  /** `null`: given back. */
  readonly node: string | null;
  readonly fence: Fence;
}

export interface WorkStep {
  readonly partition: number;
  readonly fence: Fence;
  /**
   * New with every step; the same when it is sent again. A holder numbers its steps, and has the
   * number and `#` begin the id; a step by another's hand has none.
   */
  readonly stepId: string;
  readonly checkpoints: readonly CheckpointMove[];
  /** At most one write per table and key. */
  readonly rows: readonly RowWrite[];
}

export interface CheckpointMove {
  readonly subscriber: string;
  readonly expected: number;
  readonly next: number;
}

export type StepReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'fenced' }
  /** The checkpoints as they are, of all subscribers. Nothing was written. */
  | { readonly kind: 'moved'; readonly checkpoints: Readonly<Record<string, number>> };

export interface RestRequest {
  readonly partition: number;
  readonly fence: Fence;
  /** The last position read. */
  readonly head: number;
  readonly tables: readonly string[];
}

export type RestReply =
  | { readonly kind: 'fenced' }
  | {
      readonly kind: 'looked';
      readonly resting: boolean;
      readonly head: number;
      /** The store's clock, in ms since 1970. */
      readonly now: number;
      readonly checkpoints: Readonly<Record<string, number>>;
      /** The order of each table's first row; `null` where no row has one. */
      readonly firsts: readonly (number | null)[];
    };

export interface Survey {
  readonly head: number;
  /** The position of the last record that was trimmed; 0: none was. */
  readonly trimmed: number;
  /** The store's clock, in ms since 1970. */
  readonly now: number;
  readonly lease: Lease | null;
  readonly checkpoints: Readonly<Record<string, number>>;
  readonly pendingAsync: number;
  /** For each table asked for. */
  readonly tables: readonly {
    /** Its rows, those without an order too. */
    readonly rows: number;
    /** Its rows with an order. */
    readonly ordered: number;
    /** The first of those. */
    readonly first: WorkRow | null;
  }[];
}
