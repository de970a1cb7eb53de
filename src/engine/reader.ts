import { z } from 'zod';
import type { Entry, Fact, FactMap, Json, PagePlace, Reader } from '../define/index.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { entryValue, FactPlan, factValue } from './facts.ts';
import { type Generations, typesFor } from './generations/generations.ts';
import { Recent } from './recent.ts';
import type { Runtime } from './runtime.ts';
import type { Store } from './store.ts';

/** What queries read with: straight from the store, so that what it has shows at once. */
export function createReader(
  store: Store,
  generations: Generations,
  runtime: Pick<Runtime, 'monotonic'>,
): Reader {
  const recent = new Recent(runtime);
  return {
    async facts(facts) {
      const found = await readFacts(store, generations, facts);
      // Each value is of its fact's type: the schemas hold for what was written.
      return Object.fromEntries(found) as never;
    },

    async each<T>(facts: readonly Fact<T>[]) {
      // Names that are numbers come in their order.
      const found = await readFacts(store, generations, Object.fromEntries(facts.entries()));
      return found.map(([, value]) => value) as never;
    },

    async page(collection, id, page) {
      const type = await generations.typeOf(collection.aggregate);
      const ref = { actor: { type, id }, collection: collection.name };
      const scope = `${collection.aggregate}/${collection.name}/${id}`;
      const after = 'after' in page ? rowPlace(page.after) : placeOf(page.cursor, scope);
      const rows = await store.page(ref, { limit: page.limit + 1, after });
      // Each value is of the collection's type: its schema holds for what was written.
      return firstOf(
        rows.map((row) => entryValue(row)),
        page.limit,
        scope,
      ) as never;
    },

    async ranking(model, limit) {
      // A ranking has the name of the type of its owners.
      return store.ranking(await generations.typeOf(model.aggregate), limit);
    },

    recent(name, ageMsMax, read) {
      return recent.get(name, ageMsMax, () => read(this));
    },

    paged(listing, entries, { limit, cursor }) {
      const after = placeOf(cursor, listing);
      const sorted = entries.toSorted((a, b) => order(rowPlace(a), rowPlace(b)));
      const behind = after ? sorted.filter((entry) => order(after, rowPlace(entry)) < 0) : sorted;
      return firstOf(behind, limit, listing);
    },
  };
}

/** All of them in one round trip, by name. */
async function readFacts(
  store: Store,
  generations: Generations,
  facts: FactMap,
): Promise<(readonly [string, Json])[]> {
  const plan = new FactPlan(null, await typesFor(generations, Object.values(facts)));
  const slots = plan.add(facts);
  if (slots.length === 0) return [];
  const { views, entries, sizes } = plan;
  const reply = await store.fetch({ pointers: [], actor: null, views, entries, sizes });
  return slots.map((slot) => [slot.name, factValue(slot, reply)] as const);
}

/** The page that so many entries begin, and its cursor where more are behind it. */
function firstOf<Value>(entries: readonly Entry<Value>[], limit: number, scope: string) {
  const items = entries.slice(0, limit);
  const last = entries.length > limit ? items.at(-1) : undefined;
  const place = last && rowPlace(last);
  return { items, next: place ? encodeCursor(scope, [place.at, place.key]) : null };
}

interface RowPlace {
  readonly at: number;
  readonly key: string;
}

const place = z.tuple([z.int().min(0), z.string()]);

function placeOf(cursor: string | null, scope: string): RowPlace | null {
  if (cursor === null) return null;
  const [at, key] = decodeCursor(cursor, scope, place);
  return { at, key };
}

function rowPlace({ since, key }: PagePlace): RowPlace {
  return { at: Date.parse(since), key };
}

/** Newest first, as stores page: by time, then by key, both descending. */
function order(a: RowPlace, b: RowPlace): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.key === b.key) return 0;
  return a.key < b.key ? 1 : -1;
}
