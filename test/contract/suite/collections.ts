import { describe, expect, test } from 'vitest';
import type { Address } from '../../../src/engine/address.ts';
import type { EntryRow, Store } from '../../../src/engine/store.ts';
import { act, entry, fetchOf, newActor, type StoreUnderTest } from './draft.ts';

const COLLECTION = 'following';

async function look(store: Store, actor: Address, key: string) {
  const fetched = await fetchOf(store, {
    entries: [{ actor, collection: COLLECTION, key }],
    sizes: [{ actor, collection: COLLECTION }],
  });
  return { entry: fetched.entries[0], size: fetched.sizes[0] };
}

/** Reads a collection to its end; between two pages runs `between`. */
async function readAll(
  store: Store,
  actor: Address,
  limit: number,
  between: (last: EntryRow) => Promise<unknown> = async () => {},
): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  let after: EntryRow | null = null;
  for (;;) {
    const page = await store.page({ actor, collection: COLLECTION }, { limit, after });
    expect(page.length).toBeLessThanOrEqual(limit);
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return rows;
    after = last;
    await between(last);
  }
}

/** The entries of a collection. */
export function entryContract(store: StoreUnderTest): void {
  describe('an entry', () => {
    test('is added, replaced and removed, and the size follows', async () => {
      const actor = newActor();
      const write = (at: number | null, value: string | null = null) =>
        act(store(), actor, { entries: [entry(COLLECTION, 'bob', at, value)] });
      await write(10, '{"n":1}');
      expect(await look(store(), actor, 'bob')).toEqual({
        entry: { key: 'bob', at: 10, value: '{"n":1}' },
        size: 1,
      });
      await write(20, '{"n":2}');
      expect(await look(store(), actor, 'bob')).toEqual({
        entry: { key: 'bob', at: 20, value: '{"n":2}' },
        size: 1,
      });
      await write(20);
      expect(await look(store(), actor, 'bob')).toEqual({
        entry: { key: 'bob', at: 20, value: null },
        size: 1,
      });
      await write(null);
      expect(await look(store(), actor, 'bob')).toEqual({ entry: null, size: 0 });
    });

    test('replaced at another time stands once on the pages, at the new place', async () => {
      const actor = newActor();
      await act(store(), actor, {
        entries: [entry(COLLECTION, 'ann', 10), entry(COLLECTION, 'bob', 20)],
      });
      await act(store(), actor, { entries: [entry(COLLECTION, 'ann', 30, '1')] });
      expect(await readAll(store(), actor, 10)).toEqual([
        { key: 'ann', at: 30, value: '1' },
        { key: 'bob', at: 20, value: null },
      ]);
    });

    test('that is not there can be removed, and the size stays', async () => {
      const actor = newActor();
      await act(store(), actor, { entries: [entry(COLLECTION, 'ann', 1)] });
      await act(store(), actor, { entries: [entry(COLLECTION, 'bob', null)] });
      expect((await look(store(), actor, 'bob')).size).toBe(1);
    });

    test('is told from its like in another collection and in another actor', async () => {
      const [actor, other] = [newActor(), newActor()];
      await act(store(), actor, {
        entries: [entry(COLLECTION, 'bob', 1), entry('blocked', 'bob', 2)],
      });
      await act(store(), other, { entries: [entry(COLLECTION, 'bob', 3)] });
      await act(store(), actor, { entries: [entry('blocked', 'bob', null)] });
      expect((await look(store(), actor, 'bob')).entry?.at).toBe(1);
      expect((await look(store(), other, 'bob')).entry?.at).toBe(3);
      expect(
        await store().page({ actor, collection: 'blocked' }, { limit: 5, after: null }),
      ).toEqual([]);
    });
  });
}

/** The pages of a collection. */
export function pageContract(store: StoreUnderTest): void {
  describe('a page', () => {
    test('has the newest entries first, and among those of one time the last key', async () => {
      const actor = newActor();
      const times: [string, number][] = [
        ['a', 9],
        ['b', 10],
        ['c', 100],
        ['d', 9],
        ['e', 1_700_000_000_000],
        ['f', 0],
      ];
      await act(store(), actor, {
        entries: times.map(([key, at]) => entry(COLLECTION, key, at, `"${key}"`)),
      });
      for (const limit of [1, 2, 3, 6, 7]) {
        const rows = await readAll(store(), actor, limit);
        expect(rows.map(({ key }) => key)).toEqual(['e', 'c', 'b', 'd', 'a', 'f']);
        expect(rows.map(({ value }) => value)).toEqual(rows.map(({ key }) => `"${key}"`));
      }
    });

    test('of an empty collection is empty', async () => {
      const collection = { actor: newActor(), collection: COLLECTION };
      expect(await store().page(collection, { limit: 5, after: null })).toEqual([]);
    });

    test('goes through 3,000 entries of one time without loss or repetition', async () => {
      const actor = newActor();
      const keys = Array.from({ length: 3000 }, (_, n) => `k${String(n).padStart(4, '0')}`);
      for (let from = 0; from < keys.length; from += 500) {
        const entries = keys.slice(from, from + 500).map((key) => entry(COLLECTION, key, 77));
        await act(store(), actor, { entries });
      }
      expect((await look(store(), actor, 'k0000')).size).toBe(3000);
      const rows = await readAll(store(), actor, 170);
      expect(rows.map(({ key }) => key)).toEqual(keys.toReversed());
    });

    test('follows an entry that was removed meanwhile', async () => {
      const actor = newActor();
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await act(store(), actor, { entries: keys.map((key) => entry(COLLECTION, key, 5)) });
      const rows = await readAll(store(), actor, 2, (last) =>
        act(store(), actor, { entries: [entry(COLLECTION, last.key, null)] }),
      );
      expect(rows.map(({ key }) => key)).toEqual(keys.toReversed());
    });

    test('follows a cursor that never was an entry', async () => {
      const actor = newActor();
      await act(store(), actor, { entries: ['a', 'c'].map((key) => entry(COLLECTION, key, 5)) });
      const keysAfter = (at: number, key: string) =>
        store()
          .page({ actor, collection: COLLECTION }, { limit: 5, after: { at, key } })
          .then((rows) => rows.map((row) => row.key));
      expect(await keysAfter(5, 'b')).toEqual(['a']);
      expect(await keysAfter(5, 'd')).toEqual(['c', 'a']);
      expect(await keysAfter(6, '')).toEqual(['c', 'a']);
      expect(await keysAfter(4, 'z')).toEqual([]);
    });

    test('shows each entry that stays once, though others are added while it is read', async () => {
      const actor = newActor();
      const keys = Array.from({ length: 20 }, (_, n) => `k${String(n).padStart(2, '0')}`);
      await act(store(), actor, {
        entries: keys.map((key, n) => entry(COLLECTION, key, 100 + Math.floor(n / 4))),
      });
      let added = 0;
      const rows = await readAll(store(), actor, 3, (last) => {
        added += 1;
        return act(store(), actor, {
          entries: [
            entry(COLLECTION, `new${added}`, 1000 + added),
            entry(COLLECTION, `${last.key}+`, last.at),
            entry(COLLECTION, `old${added}`, added),
          ],
        });
      });
      const seen = rows.map(({ key }) => key);
      expect(seen.filter((key) => keys.includes(key))).toEqual(keys.toReversed());
      expect(new Set(seen).size).toBe(seen.length);
    });
  });
}
