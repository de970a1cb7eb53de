import { describe, expect, test } from 'vitest';
import { type Address, actorKey, partitionOf } from '../../../../src/engine/address.ts';
import type { Store } from '../../../../src/engine/store.ts';
import { act, entry, fetchOf, rowOf, type StoreUnderTest, unique } from '../draft.ts';
import { ODD_NAMES } from '../names.ts';
import { item } from './draft.ts';

const COLLECTION = 'entries';
/** More than a script hands over at once. */
const MANY = 2_500;
/** More pages than these tests need: a listing that never ends fails. */
const PAGES_MAX = 3_000;

/** Brings entries to an owner, in the partition that it lies in: one for each key, the first the oldest. */
async function bring(
  store: Store,
  owner: Address,
  keys: readonly string[],
  { rank, collection = COLLECTION }: { rank?: string; collection?: string } = {},
): Promise<void> {
  const entries = keys.map((key, at) => ({
    ...entry(collection, key, at),
    owner,
    ...(rank !== undefined && { rank }),
  }));
  const partition = partitionOf(actorKey(owner), store.partitions);
  const items = [item(1, { entries })];
  await store.transfer({ partition, cursor: unique('cursor'), items });
}

const keys = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

/** All ids of a type, page by page, each once. */
async function list(store: Store, type: string, limit: number): Promise<string[]> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page: Awaited<ReturnType<Store['owners']>> = await store.owners(type, cursor, limit);
    expect(page.ids.length).toBeLessThanOrEqual(limit);
    for (const id of page.ids) ids.add(id);
    if (page.next === null) return [...ids].sort();
    cursor = page.next;
  }
  throw new Error(`${PAGES_MAX} pages of ${limit} have no end`);
}

/** Who is there of a type. */
export function ownersContract(store: StoreUnderTest): void {
  describe('the owners of a type', () => {
    test('are its actors, and who has entries, page by page', async () => {
      const type = unique('~type');
      const expected: string[] = [];
      for (let n = 0; n < 20; n++) {
        const owner = { type, id: unique('o') };
        expected.push(owner.id);
        if (n % 3 === 0) await act(store(), owner, { state: '{}' });
        else await bring(store(), owner, keys(1 + (n % 5)));
      }
      for (const limit of [7, 20, 500]) {
        expect(await list(store(), type, limit)).toEqual(expected.toSorted());
      }
    });

    test('are given one by one too', async () => {
      const type = unique('~type');
      const ids = ['a', 'ab', 'b'];
      for (const id of ids) await bring(store(), { type, id }, keys(3));
      expect(await list(store(), type, 1)).toEqual(ids);
    });

    test('are none of another type, however alike', async () => {
      const tag = unique('t');
      const types = ['', 'x', '#1', '*', '?', '[a-z]', '\\', '!', '"', '{', '}', '{0}a'];
      for (const suffix of types) {
        await bring(store(), { type: `${tag}${suffix}`, id: `own ${suffix}` }, ['k']);
        await act(store(), { type: `x${tag}${suffix}`, id: 'other' }, { state: '{}' });
      }
      for (const suffix of types) {
        expect(await list(store(), `${tag}${suffix}`, 50)).toEqual([`own ${suffix}`]);
      }
      expect(await list(store(), `${tag}nobody`, 50)).toEqual([]);
    });

    test('are told from what only looks like one', async () => {
      const type = unique('type');
      const looks = `}a:${type}:no`;
      const pointers = [{ key: looks, value: 'v', ttlMs: 60_000 }];
      await fetchOf(store(), { pointers });
      await store().putAsync(looks, '{}');
      await store().swapClaim(looks, null, { holder: actorKey({ type, id: 'no' }), token: 't' });
      expect(await list(store(), type, 50)).toEqual([]);
    });

    test.each(ODD_NAMES)('may have ids with %s', async (_, odd) => {
      const type = unique('~type');
      const ids = [unique(odd), `${odd}x`, `${odd}${odd}`];
      for (const id of ids) await bring(store(), { type, id }, [odd]);
      const actor = { type, id: unique(odd) };
      await act(store(), actor, { state: '{}', entries: [entry(COLLECTION, odd, 1)] });
      expect(await list(store(), type, 2)).toEqual([...ids, actor.id].sort());
    });

    test('that are there from the first page to the last are listed, whoever comes and goes', async () => {
      const type = unique('~type');
      const owner = (id: string) => ({ type, id });
      const staying = Array.from({ length: 30 }, (_, n) => `stays ${n}`);
      for (const id of staying) await bring(store(), owner(id), ['k']);
      const found = new Set<string>();
      let cursor: string | null = null;
      for (let pages = 0; pages < PAGES_MAX; pages++) {
        await bring(store(), owner(`comes ${pages % 40}`), ['k']);
        const old = { actor: owner(`comes ${(pages + 20) % 40}`), collection: COLLECTION };
        await store().clear(old, { rank: null, limit: 9 });
        const page: Awaited<ReturnType<Store['owners']>> = await store().owners(type, cursor, 4);
        for (const id of page.ids) found.add(id);
        cursor = page.next;
        if (cursor === null) break;
      }
      expect(cursor).toBeNull();
      expect([...found]).toEqual(expect.arrayContaining(staying));
    });

    test('are those no more whose last entry was removed', async () => {
      const type = unique('~type');
      const [cleared, removed, kept] = ['cleared', 'removed', 'kept'].map((id) => ({ type, id }));
      if (!cleared || !removed || !kept) throw new Error('there are three');
      for (const owner of [cleared, removed, kept]) await bring(store(), owner, ['a', 'b']);
      await store().clear({ actor: cleared, collection: COLLECTION }, { rank: null, limit: 2 });
      const partition = partitionOf(actorKey(removed), store().partitions);
      const gone = ['a', 'b'].map((key) => ({ ...entry(COLLECTION, key, null), owner: removed }));
      const items = [item(1, { entries: gone })];
      await store().transfer({ partition, cursor: unique('cursor'), items });
      expect(await list(store(), type, 9)).toEqual(['kept']);
    });
  });
}

/** Removing an owner's entries. */
export function clearContract(store: StoreUnderTest): void {
  describe('clearing a collection', () => {
    const look = async (actor: Address, rank: string, collection = COLLECTION) => {
      const page = await store().page({ actor, collection }, { limit: MANY, after: null });
      const { sizes } = await fetchOf(store(), { sizes: [{ actor, collection }] });
      const ranked = await store().ranking(rank, 9);
      return [page.length, sizes[0], ranked.map(({ id, size }) => [id, size])];
    };

    test('removes so many entries at a time, until there are none; its ranking follows', async () => {
      const [actor, rank] = [{ type: unique('~type'), id: 'o' }, unique('rank')];
      const collection = COLLECTION;
      await bring(store(), actor, keys(7), { rank });
      expect(await look(actor, rank)).toEqual([7, 7, [['o', 7]]]);
      const clear = (limit: number) => store().clear({ actor, collection }, { rank, limit });
      expect(await clear(3)).toBe(true);
      expect(await look(actor, rank)).toEqual([4, 4, [['o', 4]]]);
      expect(await clear(0)).toBe(true);
      expect(await clear(3)).toBe(true);
      expect(await look(actor, rank)).toEqual([1, 1, [['o', 1]]]);
      expect(await clear(3)).toBe(false);
      expect(await look(actor, rank)).toEqual([0, 0, []]);
      expect(await clear(3)).toBe(false);
      expect(await look(actor, rank)).toEqual([0, 0, []]);
      await bring(store(), actor, ['k1', 'new'], { rank });
      expect(await look(actor, rank)).toEqual([2, 2, [['o', 2]]]);
    });

    test('that has no more entries than asked for says so', async () => {
      const actor = { type: unique('~type'), id: 'o' };
      const ref = { actor, collection: COLLECTION };
      await bring(store(), actor, keys(3));
      expect(await store().clear(ref, { rank: null, limit: 3 })).toBe(false);
      expect(await store().page(ref, { limit: 9, after: null })).toEqual([]);
      const never = { actor: { type: unique('~type'), id: 'never' }, collection: COLLECTION };
      expect(await store().clear(never, { rank: unique('rank'), limit: 3 })).toBe(false);
    });

    test('of thousands is one step too', async () => {
      const [actor, rank] = [{ type: unique('~type'), id: 'o' }, unique('rank')];
      await bring(store(), actor, keys(MANY), { rank });
      const ref = { actor, collection: COLLECTION };
      expect(await store().clear(ref, { rank, limit: MANY - 1 })).toBe(true);
      expect(await look(actor, rank)).toEqual([1, 1, [['o', 1]]]);
    });

    test('leaves the owner its other collections, its state and its turns', async () => {
      const [actor, rank] = [{ type: unique('type'), id: 'o' }, unique('rank')];
      const entries = ['a', 'b'].flatMap((key) => [entry('one', key, 1), entry('two', key, 2)]);
      const { turnId } = await act(store(), actor, { state: '{"s":1}', view: '{"v":1}', entries });
      await bring(store(), actor, ['c'], { rank, collection: 'two' });
      const one = { actor, collection: 'one' };
      expect(await store().clear(one, { rank: null, limit: 9 })).toBe(false);
      expect(await look(actor, rank, 'one')).toEqual([0, 0, [['o', 3]]]);
      expect(await look(actor, rank, 'two')).toEqual([3, 3, [['o', 3]]]);
      expect(await rowOf(store(), actor)).toMatchObject({ lastTurn: turnId, state: '{"s":1}' });
      expect((await fetchOf(store(), { views: [actor] })).views).toEqual(['{"v":1}']);
      await act(store(), actor, { entries: [entry('one', 'd', 1)] });
      expect(await look(actor, rank, 'one')).toEqual([1, 1, [['o', 3]]]);
    });

    test('leaves what is another owner’s, in the ranking too', async () => {
      const [type, rank] = [unique('~type'), unique('rank')];
      const owners = ['o', 'o2', 'p'].map((id) => ({ type, id }));
      for (const owner of owners) await bring(store(), owner, ['a', 'b'], { rank });
      await store().clear({ actor: { type, id: 'o' }, collection: COLLECTION }, { rank, limit: 9 });
      const left = [
        ['o2', 2],
        ['p', 2],
      ];
      for (const owner of owners.slice(1)) expect(await look(owner, rank)).toEqual([2, 2, left]);
    });

    test('made many times at once, beside new entries, comes to what is there', async () => {
      const [actor, rank] = [{ type: unique('~type'), id: 'o' }, unique('rank')];
      const ref = { actor, collection: COLLECTION };
      await bring(store(), actor, keys(30), { rank });
      const clears = Array.from({ length: 8 }, () => store().clear(ref, { rank, limit: 4 }));
      const brought = keys(5).map((key) => bring(store(), actor, [`new ${key}`], { rank }));
      await Promise.all([...clears, ...brought]);
      const [count, size, ranked] = await look(actor, rank);
      expect(size).toBe(count);
      expect(ranked).toEqual(count === 0 ? [] : [['o', count]]);
      while (await store().clear(ref, { rank, limit: 4 }));
      expect(await look(actor, rank)).toEqual([0, 0, []]);
    });
  });
}
