import { z } from 'zod';
import type { Page, Reader } from '../define/index.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { entryValue, FactPlan, factValue } from './facts.ts';
import type { Store } from './store.ts';

/** What queries read with: straight from the actors' own records, so never stale. */
export function createReader(store: Store): Reader {
  return {
    async facts(facts) {
      const plan = new FactPlan(null);
      const slots = plan.add(facts);
      const { views, entries, sizes } = plan;
      const reply = await store.fetch({ pointers: [], actor: null, views, entries, sizes });
      const found = slots.map((slot) => [slot.name, factValue(slot, reply)]);
      // Each value is of its fact's type: the schemas hold for what was written.
      return Object.fromEntries(found);
    },

    async page(collection, id, { limit, cursor }) {
      const ref = { actor: { type: collection.aggregate, id }, collection: collection.name };
      const scope = `${collection.aggregate}/${collection.name}/${id}`;
      const after = cursor === null ? null : placeOf(cursor, scope);
      const rows = await store.page(ref, { limit: limit + 1, after });
      const items = rows.slice(0, limit).map((row) => entryValue(row));
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const next = last ? encodeCursor(scope, [last.at, last.key]) : null;
      // Each value is of the collection's type: its schema holds for what was written.
      return { items, next } as unknown as Page<never>;
    },
  };
}

const place = z.tuple([z.int().min(0), z.string()]);

function placeOf(cursor: string, scope: string): { at: number; key: string } {
  const [at, key] = decodeCursor(cursor, scope, place);
  return { at, key };
}
