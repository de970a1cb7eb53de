import { describe, expect, test } from 'vitest';
import type { Address } from '../../../../src/engine/address.ts';
import type { EntryWrite, Store } from '../../../../src/engine/store.ts';
import type { TransferItem } from '../../../../src/engine/work-store.ts';
import {
  act,
  draft,
  entry,
  fetchOf,
  newActorIn,
  newTurn,
  rowOf,
  type StoreUnderTest,
  unique,
} from '../draft.ts';
import { at, bodyOf, item, keysOf, NEXT, row } from './draft.ts';

const PARTITION = 2;
const COLLECTION = 'entries';

/** Brings items into the partition; the cursor is a new one unless it is given. */
function bring(
  store: Store,
  items: readonly TransferItem[],
  cursor = unique('cursor'),
  partition = PARTITION,
): Promise<void> {
  return store.transfer({ partition, cursor, items });
}

function owned(owner: Address, ...writes: EntryWrite[]): Pick<TransferItem, 'entries'> {
  return { entries: writes.map((write) => ({ ...write, owner })) };
}

/** One collection of an owner, as pages, fetches and sizes show it. */
async function look(store: Store, actor: Address, collection = COLLECTION) {
  const rows = await store.page({ actor, collection }, { limit: 100, after: null });
  const entries = rows.map(({ key }) => ({ actor, collection, key }));
  const fetched = await fetchOf(store, { entries, sizes: [{ actor, collection }] });
  expect(fetched.entries).toEqual(rows);
  expect(fetched.sizes).toEqual([rows.length]);
  return rows;
}

/** What comes from elsewhere, once. */
export function transferContract(store: StoreUnderTest): void {
  describe('a transfer', () => {
    test('writes rows and entries, of owners that need not exist', async () => {
      const [owner, other] = [newActorIn(PARTITION), newActorIn(PARTITION)];
      const table = unique('table');
      await bring(store(), [
        item(3, { rows: [row(table, 'a', '1', NEXT)], ...owned(owner, entry(COLLECTION, 'x', 5)) }),
        item(9, {
          rows: [row(table, 'b', '2', at(0)), row(table, 'c', '3')],
          ...owned(owner, entry(COLLECTION, 'y', 4, '{"n":1}'), entry('more', 'x', 7)),
        }),
        item(12, owned(other, entry(COLLECTION, 'x', 6))),
      ]);
      expect(await store().rows(PARTITION, table, ['a', 'b', 'c'])).toEqual(['1', '2', '3']);
      expect(await keysOf(store(), PARTITION, table)).toEqual(['b', 'a']);
      expect(await look(store(), owner)).toEqual([
        { key: 'x', at: 5, value: null },
        { key: 'y', at: 4, value: '{"n":1}' },
      ]);
      expect(await look(store(), owner, 'more')).toEqual([{ key: 'x', at: 7, value: null }]);
      expect(await look(store(), other)).toEqual([{ key: 'x', at: 6, value: null }]);
      expect(await fetchOf(store(), { actor: owner, views: [owner] })).toMatchObject({
        actor: { lastTurn: null, recent: [], recentIsAll: true, state: null },
        views: [null],
      });
    });

    test('writes its items in their order, and the sizes follow', async () => {
      const owner = newActorIn(PARTITION);
      const table = unique('table');
      await bring(store(), [
        item(1, {
          rows: [row(table, 'a', '1', at(1))],
          ...owned(owner, entry(COLLECTION, 'x', 1)),
        }),
        item(2, {
          rows: [row(table, 'a', null), row(table, 'b', '1', NEXT)],
          ...owned(owner, entry(COLLECTION, 'x', null), entry(COLLECTION, 'y', 1)),
        }),
        item(3, {
          rows: [row(table, 'a', '3', NEXT)],
          ...owned(owner, entry(COLLECTION, 'x', 3, '3'), entry(COLLECTION, 'z', null)),
        }),
        item(4, owned(owner, entry(COLLECTION, 'x', 4, '4'), entry(COLLECTION, 'y', null))),
      ]);
      expect(await store().rows(PARTITION, table, ['a', 'b'])).toEqual(['3', '1']);
      expect(await keysOf(store(), PARTITION, table)).toEqual(['b', 'a']);
      expect(await look(store(), owner)).toEqual([{ key: 'x', at: 4, value: '4' }]);
      await bring(store(), [item(1, owned(owner, entry(COLLECTION, 'x', null)))]);
      expect(await look(store(), owner)).toEqual([]);
    });

    test('drops what its cursor has passed, and writes what is behind it', async () => {
      const owner = newActorIn(PARTITION);
      const [table, cursor] = [unique('table'), unique('cursor')];
      const added = (position: number) =>
        item(position, {
          rows: [row(table, `k${position}`, String(position), at(position))],
          ...owned(owner, entry(COLLECTION, `k${position}`, position)),
        });
      const removed = (position: number, key: string) =>
        item(position, {
          rows: [row(table, key, null)],
          ...owned(owner, entry(COLLECTION, key, null)),
        });
      await bring(store(), [added(2), added(4)], cursor);
      await bring(store(), [removed(6, 'k2')], cursor);
      for (const items of [[added(2), added(4)], [removed(3, 'k4')], [removed(6, 'k4')], []]) {
        await bring(store(), items, cursor);
        expect(await keysOf(store(), PARTITION, table)).toEqual(['k4']);
        expect((await look(store(), owner)).map(({ key }) => key)).toEqual(['k4']);
      }
      await bring(store(), [added(2), removed(6, 'k4'), added(7)], cursor);
      expect(await keysOf(store(), PARTITION, table)).toEqual(['k4', 'k7']);
      expect((await look(store(), owner)).map(({ key }) => key)).toEqual(['k7', 'k4']);
    });

    test('moves its cursor past items that write nothing', async () => {
      const [table, cursor] = [unique('table'), unique('cursor')];
      await bring(store(), [item(5)], cursor);
      await bring(store(), [item(5, { rows: [row(table, 'a', '1')] })], cursor);
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBeNull();
      await bring(store(), [item(6, { rows: [row(table, 'a', '1')] })], cursor);
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBe('1');
    });

    test('has a cursor of its own by name and by partition', async () => {
      const [table, cursor] = [unique('table'), unique('cursor')];
      const items = [item(5, { rows: [row(table, 'a', '1', at(1))] })];
      await bring(store(), items, cursor);
      await bring(store(), [item(5, { rows: [row(table, 'b', '1', at(2))] })], `${cursor}x`);
      await bring(store(), items, cursor, 0);
      expect(await keysOf(store(), PARTITION, table)).toEqual(['a', 'b']);
      expect(await keysOf(store(), 0, table)).toEqual(['a']);
    });

    test('made many times at once is made once', async () => {
      const owner = newActorIn(PARTITION);
      const [table, cursor] = [unique('table'), unique('cursor')];
      const rows = Array.from({ length: 3 }, (_, n) => row(table, `k${n}`, '1', NEXT));
      const items = [item(1, { rows, ...owned(owner, entry(COLLECTION, 'x', 1)) })];
      await Promise.all(Array.from({ length: 10 }, () => bring(store(), items, cursor)));
      expect(await keysOf(store(), PARTITION, table)).toEqual(['k0', 'k1', 'k2']);
      expect(await look(store(), owner)).toHaveLength(1);
    });

    test('leaves turns, state and other entries of its owners as they were', async () => {
      const owner = newActorIn(PARTITION);
      await act(store(), owner, {
        state: '{"s":1}',
        view: '{"v":1}',
        records: [{ body: '1', snapshot: null }],
        entries: [entry(COLLECTION, 'own', 1), entry('following', 'bob', 1)],
      });
      const before = await rowOf(store(), owner);
      await bring(store(), [item(1, owned(owner, entry(COLLECTION, 'brought', 2)))]);
      expect(await rowOf(store(), owner)).toEqual(before);
      const next = draft(owner, newTurn(), before.lastTurn, {
        entries: [entry(COLLECTION, 'later', 3)],
      });
      expect((await store().commit(next)).kind).toBe('committed');
      expect((await look(store(), owner)).map(({ key }) => key)).toEqual([
        'later',
        'brought',
        'own',
      ]);
      expect(await look(store(), owner, 'following')).toHaveLength(1);
      expect((await store().trail(owner, null, 5)).records).toHaveLength(1);
      expect((await fetchOf(store(), { views: [owner] })).views).toEqual(['{"v":1}']);
    });

    test('brings entries that a first commit of their owner finds', async () => {
      const owner = newActorIn(PARTITION);
      await bring(store(), [item(1, owned(owner, entry(COLLECTION, 'brought', 2)))]);
      await act(store(), owner, { state: '{}', entries: [entry(COLLECTION, 'own', 1)] });
      expect((await look(store(), owner)).map(({ key }) => key)).toEqual(['brought', 'own']);
    });

    test('tells how far transfers have come, and has them begin anew where what they came from is lost', async () => {
      const cursor = unique('cursor');
      const owner = newActorIn(PARTITION);
      const other = unique('cursor');
      expect(await store().cursors(PARTITION, [cursor, other])).toEqual([0, 0]);
      expect(await store().rewind(PARTITION, cursor, 0)).toBe(false);
      await bring(store(), [item(7, owned(owner, entry(COLLECTION, 'a', 1)))], cursor);
      expect(await store().cursors(PARTITION, [other, cursor])).toEqual([0, 7]);
      expect(await store().rewind(PARTITION, cursor, 7)).toBe(false);
      expect(await store().rewind(PARTITION, cursor, 5)).toBe(true);
      expect(await store().rewind(PARTITION, cursor, 5)).toBe(false);
      expect(await store().cursors(PARTITION, [cursor])).toEqual([5]);
      const again = [
        item(5, owned(owner, entry(COLLECTION, 'c', 3))),
        item(6, owned(owner, entry(COLLECTION, 'b', 2))),
      ];
      await bring(store(), again, cursor);
      expect((await look(store(), owner)).map(({ key }) => key)).toEqual(['b', 'a']);
      expect(await store().cursors(PARTITION, [])).toEqual([]);
    });
  });
}
