import { type Address, actorKey, parseActorKey, partitionOf } from '../address.ts';
import { partitionsOf } from '../partitions.ts';
import type { Store } from '../store.ts';
import type { IndexStanding } from './actor-index.ts';
import { backwards, compare, merged, type RowPlace, type Source } from './merge.ts';
import { readActors } from './state.ts';
import {
  type IndexedActor,
  idsTable,
  OTHER_STATES,
  orderOf,
  read,
  statesOf,
  timesTable,
} from './tables.ts';

/** What is looked for. */
export interface Search {
  /** Types of the app; where there are several, those of one id are next to each other. */
  readonly types: readonly string[];
  /** A path, or an end of one: in it, or in a state below it. `null`: in any. */
  readonly state: string | null;
  readonly id: { readonly text: string; readonly isPrefix: boolean } | null;
  /** At rest for so long at least, in milliseconds. `null`: for any time. */
  readonly restMs: number | null;
  readonly limit: number;
  /** The place that the page before ended at. */
  readonly after: RowPlace | null;
}

export interface FoundActor extends Address, IndexedActor {}

/** A page of actors. */
export interface FoundActors {
  readonly items: readonly FoundActor[];
  /** Where the next page begins; a page may be short, or empty, and not be the last. */
  readonly next: RowPlace | null;
  readonly standing: IndexStanding;
}

/** Rows that one page looks through at most, where not all of them are what is looked for. */
const LOOKS_MAX = 1_000;

/**
 * Looks for actors. By its whole id, an actor is read as it is now. By the beginning of its id, in
 * the order of ids. By how long it is at rest, those first that are for longest. Otherwise those
 * first that changed last.
 * @throws StoreUnavailable
 */
export async function searchActors(
  store: Store,
  standing: IndexStanding,
  search: Search,
): Promise<FoundActors> {
  const { id } = search;
  if (id && !id.isPrefix)
    return { items: await exact(store, standing, search, id.text), next: null, standing };
  const rows = id ? byId(store, search, id.text) : byTime(store, standing, search);
  return { ...(await pageOf(store, standing, search, rows)), standing };
}

async function exact(store: Store, { now }: IndexStanding, search: Search, id: string) {
  const found = search.types.map(async (type) => {
    const key = actorKey({ type, id });
    const [actor] = await readActors(store, partitionOf(key, store.partitions), [key]);
    return actor ? { type, id, ...actor } : null;
  });
  return (await Promise.all(found))
    .filter((actor) => actor !== null)
    .filter((actor) => fits(actor, search, now));
}

function fits({ state, at }: IndexedActor, search: Search, now: number): boolean {
  const isAtRest = search.restMs === null || at <= now - search.restMs;
  return isAtRest && (search.state === null || isIn(state, search.state));
}

/** Whether one of the active states is it, or lies in it; a path need not begin at the root. */
export function isIn(active: string, state: string): boolean {
  return active.split(', ').some((leaf) => `.${leaf}.`.includes(`.${state}.`));
}

interface Row extends RowPlace, Address {
  readonly partition: number;
}

/** Type by type, in the order of their ids: a row's order is the place of its type. */
function byId(store: Store, { types, after, limit }: Search, prefix: string): AsyncIterable<Row> {
  const sources = types.flatMap((type, order) => {
    if (after && after.order > order) return [];
    const begin = after?.order === order ? after.key : null;
    return partitionsOf(store).map((partition): Source<Row> => {
      const read = async (behind: string | null, count: number) => {
        const page = { after: { order: 0, key: behind ?? prefix }, until: null, limit: count };
        const [rows, [own = null]] = await Promise.all([
          store.scan(partition, idsTable(type), page),
          // A page begins behind a place: what is called as all others begin is looked up.
          behind === null ? store.rows(partition, idsTable(type), [prefix]) : [],
        ]);
        const ids = [...(own === null ? [] : [prefix]), ...rows.map(({ key }) => key)];
        return ids
          .filter((id) => id.startsWith(prefix))
          .map((id) => ({ order, key: id, partition, type, id }));
      };
      return { read: (behind, count) => read(behind?.order === order ? behind.key : begin, count) };
    });
  });
  return merged(sources, null, limit);
}

function byTime(
  store: Store,
  { places, now }: IndexStanding,
  { types, state, restMs, after, limit }: Search,
): AsyncIterable<Row> {
  // Who is at rest for longest stands last.
  const isReverse = restMs !== null;
  const until = restMs === null ? null : orderOf(now - restMs);
  const sources = places.flatMap((place, partition) =>
    types.flatMap((type) => {
      const states = place === null ? [] : statesOf(place.states, type);
      const tables = states
        .filter((each) => state === null || each === OTHER_STATES || isIn(each, state))
        .map((each) => timesTable(type, each));
      return tables.map(
        (table): Source<Row> => ({
          async read(behind, count) {
            const page = { after: behind, until, limit: count, isReverse };
            const rows = await store.scan(partition, table, page);
            return rows.map(({ order, key }) => {
              const id = parseActorKey(key)?.id ?? '';
              return { order, key, partition, type, id };
            });
          },
        }),
      );
    }),
  );
  return merged(sources, after, limit, isReverse ? backwards : compare);
}

/** Reads on until a page is full, or so much was looked through. */
async function pageOf(
  store: Store,
  { now }: IndexStanding,
  search: Search,
  rows: AsyncIterable<Row>,
): Promise<Pick<FoundActors, 'items' | 'next'>> {
  const { limit } = search;
  const items: FoundActor[] = [];
  let looked: Row[] = [];
  let last: Row | null = null;
  let looks = 0;
  for await (const row of rows) {
    // There is one behind the page.
    if (items.length + looked.length >= limit) {
      items.push(...(await actorsOf(store, looked)).filter((actor) => fits(actor, search, now)));
      looked = [];
      if (last && (items.length >= limit || looks >= LOOKS_MAX)) {
        return { items, next: { order: last.order, key: last.key } };
      }
    }
    looked.push(row);
    last = row;
    looks += 1;
  }
  const rest = (await actorsOf(store, looked)).filter((actor) => fits(actor, search, now));
  return { items: [...items, ...rest], next: null };
}

/** What is known of actors, in the order given. Who was passed over since is where it is now. */
async function actorsOf(store: Store, rows: readonly Row[]): Promise<readonly FoundActor[]> {
  const tables = new Map<
    string,
    { readonly partition: number; readonly type: string; ids: string[] }
  >();
  for (const { partition, type, id } of rows) {
    const name = `${partition} ${type}`;
    const table = tables.get(name) ?? { partition, type, ids: [] };
    table.ids.push(id);
    tables.set(name, table);
  }
  const found = new Map<string, FoundActor>();
  const reads = Array.from(tables.values(), async ({ partition, type, ids }) => {
    const bodies = await store.rows(partition, idsTable(type), ids);
    for (const [place, id] of ids.entries()) {
      const body = bodies[place] ?? null;
      if (body !== null) found.set(actorKey({ type, id }), { type, id, ...read.actor(body) });
    }
  });
  await Promise.all(reads);
  return rows.flatMap(({ type, id }) => found.get(actorKey({ type, id })) ?? []);
}
