/**
 * Names all actors to the indexes of the partitions that asked for it. One row in the first partition
 * says how far that is; who holds that partition goes on with it, page by page.
 */
import { type ActorKey, actorKey, partitionOf } from '../address.ts';
import type { Store } from '../store.ts';
import { LISTING, type Listing, NAMED, ONE, oneRow, read } from './tables.ts';

/** Where the row lies. */
export const LISTING_PARTITION = 0;

/** A listing as it is stored, and what its row says to the letter. */
interface StoredListing extends Omit<Listing, 'number'> {
  /** 0: there never was one. */
  readonly number: number;
  readonly body: string | null;
}

/** @throws StoreUnavailable */
export async function readListing(store: Store): Promise<StoredListing> {
  const [body = null] = await store.rows(LISTING_PARTITION, LISTING, [ONE]);
  return body === null ? { number: 0, next: null, body } : { ...read.listing(body), body };
}

/**
 * Has all actors named to a partition from now on. One that is under way begins anew, for those who
 * asked for it, too.
 * @returns the number of that listing @throws StoreUnavailable
 */
export async function askForListing(
  store: Store,
  types: readonly string[],
  partition: number,
): Promise<number> {
  const [type] = types;
  for (;;) {
    const { number, next, body } = await readListing(store);
    const asked = next === null ? [] : next.partitions;
    const partitions = asked && [...new Set([...asked, partition])];
    const isWaiting = next?.isBegun === false;
    if (isWaiting && partitions?.length === asked?.length) return number;
    const begin = type === undefined ? null : { type, cursor: null, isBegun: false, partitions };
    const listing = { number: isWaiting ? number : number + 1, next: begin };
    if (await replace(store, body, listing)) return listing.number;
  }
}

/** How a page of a listing is taken. */
export interface ListingTools {
  readonly store: Store;
  readonly types: readonly string[];
  /** Actors named at once. */
  readonly limit: number;
  /** Takes those of the first partition: they need no row. @returns whether it did */
  take(names: readonly string[]): Promise<boolean>;
}

/**
 * Goes on with the listing, if there is one. Who gets there first names a page; another's, who stood
 * still, names some actors once more.
 * @returns whether there is more @throws StoreUnavailable
 */
export async function listOn(tools: ListingTools): Promise<boolean> {
  const { store, types, limit } = tools;
  const { number, next, body } = await readListing(store);
  if (next === null) return false;
  if (!next.isBegun) {
    await replace(store, body, { number, next: { ...next, isBegun: true } });
    return true;
  }
  const page = await store.owners(next.type, next.cursor, limit);
  if (!(await nameAll(tools, next, page.ids))) return false;
  const type = page.next === null ? types[types.indexOf(next.type) + 1] : next.type;
  const following = type === undefined ? null : { ...next, type, cursor: page.next };
  const isNext = await replace(store, body, { number, next: following });
  return !isNext || following !== null;
}

/** @returns whether all were named, or taken */
async function nameAll(
  { store, take }: ListingTools,
  { type, partitions }: NonNullable<Listing['next']>,
  ids: readonly string[],
): Promise<boolean> {
  const named = new Map<number, ActorKey[]>();
  for (const id of new Set(ids)) {
    const key = actorKey({ type, id });
    const partition = partitionOf(key, store.partitions);
    if (partitions && !partitions.includes(partition)) continue;
    const actors = named.get(partition);
    if (actors) actors.push(key);
    else named.set(partition, [key]);
  }
  const own = named.get(LISTING_PARTITION);
  named.delete(LISTING_PARTITION);
  const order = { kind: 'at', at: 0 } as const;
  const posts = Array.from(named, ([partition, actors]) => {
    const rows = actors.map((key) => ({ table: NAMED, key, body: '', order }));
    return store.post({ partition, expected: [], rows });
  });
  const [isTaken] = await Promise.all([own === undefined || take(own), ...posts]);
  return isTaken;
}

function replace(store: Store, expected: string | null, next: Listing): Promise<boolean> {
  const order = next.next === null ? null : ({ kind: 'at', at: 0 } as const);
  return store.post({
    partition: LISTING_PARTITION,
    expected: [{ table: LISTING, key: ONE, body: expected }],
    rows: [oneRow(LISTING, JSON.stringify(next), order)],
  });
}
