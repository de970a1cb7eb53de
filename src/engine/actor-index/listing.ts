/**
 * Names all actors to the indexes of their partitions. One row in the first partition says how far
 * that is; who holds that partition goes on with it, page by page.
 */
import { actorKey, partitionOf } from '../address.ts';
import type { Store } from '../store.ts';
import type { RowWrite } from '../work-store.ts';
import { LISTING, type Listing, NAMED, ONE, oneRow, read } from './tables.ts';

/** Where the row lies. */
const PARTITION = 0;
/** Actors named at once. */
const PAGE_IDS = 500;

/** A listing as it is stored, and what its row says to the letter. */
interface StoredListing extends Omit<Listing, 'number'> {
  /** 0: there never was one. */
  readonly number: number;
  readonly body: string | null;
}

/** @throws StoreUnavailable */
export async function readListing(store: Store): Promise<StoredListing> {
  const [body = null] = await store.rows(PARTITION, LISTING, [ONE]);
  return body === null ? { number: 0, next: null, body } : { ...read.listing(body), body };
}

/** Has all actors named from now on. @returns the number of that listing @throws StoreUnavailable */
export async function askForListing(store: Store, types: readonly string[]): Promise<number> {
  const [type] = types;
  for (;;) {
    const { number, next, body } = await readListing(store);
    if (next?.isBegun === false) return number;
    const begin = type === undefined ? null : { type, cursor: null, isBegun: false };
    if (await replace(store, body, { number: number + 1, next: begin })) return number + 1;
  }
}

/**
 * Goes on with the listing, if there is one. Who gets there first names a page; another's, who stood
 * still, names some actors once more.
 * @returns whether there is more @throws StoreUnavailable
 */
export async function listOn(store: Store, types: readonly string[]): Promise<boolean> {
  const { number, next, body } = await readListing(store);
  if (next === null) return false;
  if (!next.isBegun) {
    await replace(store, body, { number, next: { ...next, isBegun: true } });
    return true;
  }
  const page = await store.owners(next.type, next.cursor, PAGE_IDS);
  await nameAll(store, next.type, page.ids);
  const type = page.next === null ? types[types.indexOf(next.type) + 1] : next.type;
  const following = type === undefined ? null : { type, cursor: page.next, isBegun: true };
  const isNext = await replace(store, body, { number, next: following });
  return !isNext || following !== null;
}

async function nameAll(store: Store, type: string, ids: readonly string[]): Promise<void> {
  const byPartition = new Map<number, RowWrite[]>();
  for (const id of new Set(ids)) {
    const key = actorKey({ type, id });
    const partition = partitionOf(key, store.partitions);
    const row: RowWrite = { table: NAMED, key, body: '', order: { kind: 'at', at: 0 } };
    const rows = byPartition.get(partition);
    if (rows) rows.push(row);
    else byPartition.set(partition, [row]);
  }
  const posts = Array.from(byPartition, ([partition, rows]) =>
    store.post({ partition, expected: [], rows }),
  );
  await Promise.all(posts);
}

function replace(store: Store, expected: string | null, next: Listing): Promise<boolean> {
  const order = next.next === null ? null : ({ kind: 'at', at: 0 } as const);
  return store.post({
    partition: PARTITION,
    expected: [{ table: LISTING, key: ONE, body: expected }],
    rows: [oneRow(LISTING, JSON.stringify(next), order)],
  });
}
