/** What background work writes: rows of tables, and what it brings from elsewhere. */
import type { Address } from './address.ts';
import type { EntryWrite } from './store.ts';

/** Adds, replaces or removes a row. */
export interface RowWrite {
  readonly table: string;
  readonly key: string;
  /** `null` removes the row. */
  readonly body: string | null;
  /** Its place in the table's order; `null`: it has none, and no scan finds it. */
  readonly order: RowOrder | null;
}

export type RowOrder =
  /** A whole number from 0 on. */
  | { readonly kind: 'at'; readonly at: number }
  /** So many ms after the store's now: a time in ms since 1970. */
  | { readonly kind: 'in'; readonly ms: number }
  /** The next of the partition's own count, which no two rows share; kept when a row is replaced. */
  | { readonly kind: 'next' };

export interface WorkRow {
  readonly key: string;
  readonly order: number;
  readonly body: string;
}

export interface RowPost {
  readonly partition: number;
  readonly expected: readonly {
    readonly table: string;
    readonly key: string;
    readonly body: string | null;
  }[];
  readonly rows: readonly RowWrite[];
}

export interface Transfer {
  readonly partition: number;
  /** Whose items: one name has one bringer at a time, and one order. */
  readonly cursor: string;
  /** In ascending positions. */
  readonly items: readonly TransferItem[];
}

export interface TransferItem {
  readonly position: number;
  readonly rows: readonly RowWrite[];
  /** Entries of collections that lie in the transfer's partition, whose owners need not exist. */
  readonly entries: readonly OwnedEntry[];
}

export interface OwnedEntry extends EntryWrite {
  readonly owner: Address;
  /**
   * The ranking that is to have the owner as it is after this write, in the same step. A ranking is
   * of one collection, and of owners of one type. Absent: none.
   */
  readonly rank?: string;
}

/** What is read of one of many actors. */
export interface LookedAtActor {
  /** `null` where there is no such actor. */
  readonly state: string | null;
  /** The body of its newest record; `null` where it has none, or none any more, or it was not asked for. */
  readonly record: string | null;
}

/** An owner as a ranking has it. */
export interface RankedOwner {
  readonly id: string;
  /** How many entries it has. */
  readonly size: number;
}
