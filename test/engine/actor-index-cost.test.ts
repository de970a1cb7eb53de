/** A search costs its page, whatever the number of actors: counted in what is read of the store. */
import { expect, test } from 'vitest';
import { STANDING_TABLES, standingOf } from '../../src/engine/actor-index/actor-index.ts';
import { type Search, searchActors } from '../../src/engine/actor-index/search.ts';
import { actorRows, oneRow, PLACE } from '../../src/engine/actor-index/tables.ts';
import { partitionOf } from '../../src/engine/address.ts';
import type { Store } from '../../src/engine/store.ts';
import type { RowWrite } from '../../src/engine/work-store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';

const PARTITIONS = 4;
const STATES = { box: ['open', 'shut', 'lost'] };
const LIMIT = 20;

/** A store that counts the rows it gives. */
function countingRows(store: Store): { store: Store; given: () => number } {
  let given = 0;
  const counted = new Proxy(store, {
    get(target, property, receiver) {
      if (property === 'scan' || property === 'rows') {
        return async (...args: unknown[]) => {
          const found = await Reflect.apply(Reflect.get(target, property, receiver), target, args);
          given += found.length;
          return found;
        };
      }
      return Reflect.get(target, property, receiver);
    },
  });
  return { store: counted, given: () => given };
}

/** The index of so many actors, of which one in a hundred is lost. */
async function indexed(count: number): Promise<Store> {
  const store = createMemoryStore({ partitions: PARTITIONS });
  const rows = Array.from({ length: PARTITIONS }, (): RowWrite[] => [
    oneRow(PLACE, JSON.stringify({ position: 0, listing: 0, states: STATES }), {
      kind: 'at',
      at: 0,
    }),
  ]);
  for (let n = 0; n < count; n++) {
    const id = `b${n}`;
    const state = n % 100 === 7 ? 'lost' : n % 2 === 0 ? 'open' : 'shut';
    const address = { type: 'box', id };
    const after = { state, version: 1, at: 1_000_000 + n };
    rows[partitionOf(`box:${id}`, PARTITIONS)]?.push(...actorRows(STATES, address, null, after));
  }
  for (const [partition, written] of rows.entries()) {
    await store.post({ partition, expected: [], rows: written });
  }
  return store;
}

const SEARCHES: Readonly<Record<string, Partial<Search>>> = {
  all: {},
  'in a state': { state: 'open' },
  'in a rare state': { state: 'lost' },
  'by the beginning of an id': { id: { text: 'b1', isPrefix: true } },
  'by the beginning of an id in a state that none is in': {
    id: { text: 'b', isPrefix: true },
    state: 'nowhere',
  },
  'at rest': { restMs: 0 },
  'at rest in a rare state': { restMs: 0, state: 'lost' },
};

test.each(Object.entries(SEARCHES))('a search for %s costs its page', async (_, search) => {
  const costs: number[] = [];
  for (const count of [4_000, 40_000]) {
    const { store, given } = countingRows(await indexed(count));
    const surveys = await Promise.all(
      Array.from({ length: PARTITIONS }, (__, partition) =>
        store.survey(partition, STANDING_TABLES),
      ),
    );
    const standing = standingOf(surveys, 0);
    const wanted = {
      types: ['box'],
      state: null,
      id: null,
      restMs: null,
      limit: LIMIT,
      after: null,
    };
    const page = await searchActors(store, standing, { ...wanted, ...search });
    expect(page.next).not.toBeNull();
    if (search.id === undefined || search.state === undefined)
      expect(page.items).toHaveLength(LIMIT);
    costs.push(given());
  }
  const [few = 0, many = 0] = costs;
  // Where most of what is looked through is something else, a page ends after so many looks.
  expect(many).toBeLessThan(Math.max(1.5 * few, 3_000));
  if (search.id === undefined) expect(many).toBeLessThan(400);
});
