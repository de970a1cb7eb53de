import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import type { WorkRow } from '../../../../src/engine/work-store.ts';
import { type StoreUnderTest, unique } from '../draft.ts';
import { at, hold, keysOf, row, work } from './draft.ts';

const PARTITION = 3;
/** More than these tests write: a scan that never ends fails. */
const ROWS_MAX = 10_000;

/** Scans a table to its end; between two pages runs `between`. */
async function readAll(
  store: Store,
  table: string,
  limit: number,
  between: (last: WorkRow) => Promise<unknown> = async () => {},
  isReverse = false,
): Promise<WorkRow[]> {
  const rows: WorkRow[] = [];
  let after: WorkRow | null = null;
  for (;;) {
    const page: readonly WorkRow[] = await store.scan(PARTITION, table, {
      after,
      until: null,
      limit,
      isReverse,
    });
    expect(page.length).toBeLessThanOrEqual(limit);
    expect(rows.length).toBeLessThan(ROWS_MAX);
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return rows;
    after = last;
    await between(last);
  }
}

/** The pages of a table. */
export function scanContract(store: StoreUnderTest): void {
  describe('a scan', () => {
    test('goes through 1,200 rows of one order without loss or repetition', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const keys = Array.from({ length: 1_200 }, (_, n) => `k${String(n).padStart(4, '0')}`);
      for (let from = 0; from < keys.length; from += 400) {
        const rows = keys.slice(from, from + 400).map((key) => row(table, key, '1', at(77)));
        await work(store(), held, { rows: [...rows, row(table, `none${from}`, '1')] });
      }
      const rows = await readAll(store(), table, 170);
      expect(rows.map(({ key }) => key)).toEqual(keys);
    });

    test('has pages of any length', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const orders: [string, number][] = [
        ['c', 1],
        ['d', 1],
        ['a', 2],
        ['b', 20],
        ['e', 100],
      ];
      await work(store(), held, { rows: orders.map(([key, n]) => row(table, key, key, at(n))) });
      for (const limit of [1, 2, 3, 5, 6]) {
        const rows = await readAll(store(), table, limit);
        expect(rows).toEqual(orders.map(([key, order]) => ({ key, order, body: key })));
      }
    });

    test('ends with the order it is told to end with', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const { now } = await store().survey(PARTITION, []);
      const orders = { a: 0, b: 5, c: 5, d: 6, past: now - 1_000, ahead: now + 3_600_000 };
      const rows = Object.entries(orders).map(([key, order]) => row(table, key, '1', at(order)));
      await work(store(), held, { rows });
      expect(await keysOf(store(), PARTITION, table, 0)).toEqual(['a']);
      expect(await keysOf(store(), PARTITION, table, 4)).toEqual(['a']);
      expect(await keysOf(store(), PARTITION, table, 5)).toEqual(['a', 'b', 'c']);
      expect(await keysOf(store(), PARTITION, table, 'now')).toEqual(['a', 'b', 'c', 'd', 'past']);
      expect(await keysOf(store(), PARTITION, table)).toEqual(Object.keys(orders));
      const after = { order: 5, key: 'b' };
      const rest = await store().scan(PARTITION, table, { after, until: 6, limit: 9 });
      expect(rest.map(({ key }) => key)).toEqual(['c', 'd']);
    });

    test('goes backwards by pages of any length, to the order it is told to end with', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const orders: [string, number][] = [
        ['c', 1],
        ['d', 1],
        ['a', 2],
        ['a!', 2],
        ['b', 20],
        ['e', 100],
      ];
      await work(store(), held, { rows: orders.map(([key, n]) => row(table, key, key, at(n))) });
      const all = orders.map(([key, order]) => ({ key, order, body: key })).reverse();
      for (const limit of [1, 2, 3, 6, 7]) {
        expect(await readAll(store(), table, limit, async () => {}, true)).toEqual(all);
      }
      const back = async (after: { key: string; order: number } | null, until: number | null) => {
        const page = { after, until, limit: 9, isReverse: true };
        return (await store().scan(PARTITION, table, page)).map(({ key }) => key);
      };
      expect(await back(null, 2)).toEqual(['e', 'b', 'a!', 'a']);
      expect(await back(null, 3)).toEqual(['e', 'b']);
      expect(await back(null, 101)).toEqual([]);
      expect(await back({ order: 20, key: 'b' }, 2)).toEqual(['a!', 'a']);
      // Places that no row has.
      expect(await back({ order: 20, key: 'a' }, null)).toEqual(['a!', 'a', 'd', 'c']);
      expect(await back({ order: 2, key: 'a ' }, null)).toEqual(['a', 'd', 'c']);
      expect(await back({ order: 1, key: '' }, null)).toEqual([]);
      expect(await back({ order: 0, key: 'z' }, null)).toEqual([]);
    });

    test('of an empty table is empty', async () => {
      expect(await keysOf(store(), PARTITION, unique('table'))).toEqual([]);
    });

    test('follows a row that was removed meanwhile', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await work(store(), held, { rows: keys.map((key) => row(table, key, '1', at(5))) });
      const rows = await readAll(store(), table, 2, (last) =>
        work(store(), held, { rows: [row(table, last.key, null)] }),
      );
      expect(rows.map(({ key }) => key)).toEqual(keys);
    });

    test('follows a row that never was', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      await work(store(), held, { rows: ['a', 'c'].map((key) => row(table, key, '1', at(5))) });
      const keysAfter = async (order: number, key: string) => {
        const page = { after: { order, key }, until: null, limit: 5 };
        return (await store().scan(PARTITION, table, page)).map((found) => found.key);
      };
      expect(await keysAfter(5, 'b')).toEqual(['c']);
      expect(await keysAfter(5, '')).toEqual(['a', 'c']);
      expect(await keysAfter(4, 'z')).toEqual(['a', 'c']);
      expect(await keysAfter(6, '')).toEqual([]);
      expect(await keysAfter(5, 'c')).toEqual([]);
    });

    test('shows each row that stays once, though others are added while it is read', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const keys = Array.from({ length: 20 }, (_, n) => `k${String(n).padStart(2, '0')}`);
      const rows = keys.map((key, n) => row(table, key, '1', at(100 + Math.floor(n / 4))));
      await work(store(), held, { rows });
      let added = 0;
      const seen = await readAll(store(), table, 3, (last) => {
        added += 1;
        return work(store(), held, {
          rows: [
            row(table, `new${added}`, '1', at(1_000 + added)),
            row(table, `${last.key}-`, '1', at(last.order)),
            row(table, `old${added}`, '1', at(added)),
          ],
        });
      });
      const seenKeys = seen.map(({ key }) => key);
      expect(seenKeys.filter((key) => keys.includes(key))).toEqual(keys);
      expect(new Set(seenKeys).size).toBe(seenKeys.length);
    });
  });
}
