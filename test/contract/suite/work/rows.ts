import { describe, expect, test } from 'vitest';
import type { RowOrder } from '../../../../src/engine/work-store.ts';
import { HOUR_MS, type StoreUnderTest, unique } from '../draft.ts';
import { at, hold, keysOf, NEXT, PATIENCE, row, scanAll, work } from './draft.ts';

const PARTITION = 2;

/** Rows by key. */
export function rowContract(store: StoreUnderTest): void {
  describe('a row', () => {
    test('is put, replaced and removed', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const write = (body: string | null) =>
        work(store(), held, { rows: [row(table, 'a', body, body === null ? null : at(1))] });
      const read = () => store().rows(PARTITION, table, ['a']);
      expect(await read()).toEqual([null]);
      for (const body of ['{"n":1}', '{"n": 2}\n', null, '3', null, null]) {
        await write(body);
        expect(await read()).toEqual([body]);
        const scanned = body === null ? [] : [{ key: 'a', order: 1, body }];
        expect(await scanAll(store(), PARTITION, table)).toEqual(scanned);
      }
    });

    test('is told from its like in another table and in another partition', async () => {
      const [here, there] = [await hold(store(), PARTITION), await hold(store(), 3)];
      const [table, other] = [unique('table'), unique('table')];
      const rows = [row(table, 'a', '1', at(1)), row(other, 'a', '2', at(2))];
      await work(store(), here, { rows });
      await work(store(), there, { rows: [row(table, 'a', '3', at(3))] });
      await work(store(), here, { rows: [row(other, 'a', null)] });
      expect(await store().rows(PARTITION, table, ['a'])).toEqual(['1']);
      expect(await store().rows(PARTITION, other, ['a'])).toEqual([null]);
      expect(await store().rows(3, table, ['a'])).toEqual(['3']);
      expect(await scanAll(store(), 3, table)).toEqual([{ key: 'a', order: 3, body: '3' }]);
      expect(await scanAll(store(), PARTITION, other)).toEqual([]);
    });

    test('is read among others in the order asked for', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const rows = ['a', 'b', 'c'].map((key) => row(table, key, `"${key}"`));
      await work(store(), held, { rows });
      const keys = ['c', 'x', 'a', 'c', 'b'];
      const bodies = ['"c"', null, '"a"', '"c"', '"b"'];
      expect(await store().rows(PARTITION, table, keys)).toEqual(bodies);
      expect(await store().rows(PARTITION, table, [])).toEqual([]);
      expect(await store().orders(PARTITION, table, [])).toEqual([]);
    });
  });
}

/** The place of a row in its table. */
export function orderContract(store: StoreUnderTest): void {
  describe('the order of a row', () => {
    test('that it does not have keeps it from every scan', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const write = (order: RowOrder | null) =>
        work(store(), held, { rows: [row(table, 'a', '1', order)] });
      for (const order of [null, at(4), null, NEXT, null]) {
        await write(order);
        const scanned = order === null ? [] : ['a'];
        expect(await keysOf(store(), PARTITION, table)).toEqual(scanned);
        expect(await store().rows(PARTITION, table, ['a'])).toEqual(['1']);
      }
    });

    test('is a number of any size, and equal ones are ordered by key', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const orders: [string, number][] = [
        ['m', 9],
        ['d', 10],
        ['c', 100],
        ['M', 9],
        ['e', 1_700_000_000_000],
        ['g', Number.MAX_SAFE_INTEGER],
        ['m1', 9],
        ['f', 0],
      ];
      const rows = orders.map(([key, order]) => row(table, key, `"${key}"`, at(order)));
      await work(store(), held, { rows });
      const scanned = await scanAll(store(), PARTITION, table);
      expect(scanned.map(({ key }) => key)).toEqual(['f', 'M', 'm', 'm1', 'd', 'c', 'e', 'g']);
      const places = Object.fromEntries(orders);
      expect(scanned).toEqual(
        scanned.map(({ key }) => ({ key, order: places[key], body: `"${key}"` })),
      );
    });

    test('changes with the row, which stands once, at its new place', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      await work(store(), held, {
        rows: [row(table, 'a', '1', at(1)), row(table, 'b', '1', at(2))],
      });
      await work(store(), held, { rows: [row(table, 'a', '2', at(3))] });
      expect(await scanAll(store(), PARTITION, table)).toEqual([
        { key: 'b', order: 2, body: '1' },
        { key: 'a', order: 3, body: '2' },
      ]);
    });

    test('in some ms is a time by the store’s clock, which then makes it due', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const before = (await store().survey(PARTITION, [])).now;
      await work(store(), held, {
        rows: [
          row(table, 'soon', '1', { kind: 'in', ms: 200 }),
          row(table, 'later', '1', { kind: 'in', ms: HOUR_MS }),
          row(table, 'now', '1', { kind: 'in', ms: 0 }),
        ],
      });
      const after = (await store().survey(PARTITION, [])).now;
      const [now, soon, later] = await scanAll(store(), PARTITION, table);
      expect([now?.key, soon?.key, later?.key]).toEqual(['now', 'soon', 'later']);
      for (const [found, ms] of [
        [now, 0],
        [soon, 200],
        [later, HOUR_MS],
      ] as const) {
        expect(found?.order).toBeGreaterThanOrEqual(before + ms);
        expect(found?.order).toBeLessThanOrEqual(after + ms);
      }
      const due = async () => {
        const keys = await keysOf(store(), PARTITION, table, 'now');
        return { keys, clock: (await store().survey(PARTITION, [])).now };
      };
      const first = await due();
      expect(first.keys).toContain('now');
      expect(first.keys.includes('soon') && first.clock < (soon?.order ?? 0)).toBe(false);
      await expect.poll(async () => (await due()).keys, PATIENCE).toEqual(['now', 'soon']);
      expect((await due()).clock).toBeGreaterThanOrEqual(soon?.order ?? 0);
    });
  });

  describe('the next order', () => {
    test('ascends as rows are written, through all tables, and is shared by no two', async () => {
      const held = await hold(store(), PARTITION);
      const tables = [unique('table'), unique('table')] as const;
      const written: string[] = [];
      for (let n = 0; n < 12; n += 3) {
        const rows = [9, 5, 7].map((letter, index) => {
          const key = `${letter}-${n}`;
          written.push(key);
          return row(tables[(n + index) % 2] ?? '', key, '1', NEXT);
        });
        if (n % 2 === 0) await work(store(), held, { rows });
        else await store().post({ partition: PARTITION, expected: [], rows });
      }
      const all = (
        await Promise.all(tables.map((table) => scanAll(store(), PARTITION, table)))
      ).flat();
      expect(new Set(all.map(({ order }) => order)).size).toBe(written.length);
      expect(all.toSorted((a, b) => a.order - b.order).map(({ key }) => key)).toEqual(written);
    });

    test('is kept when a row is replaced, and is another after it was removed', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const write = (...rows: (readonly [string, string | null])[]) =>
        work(store(), held, { rows: rows.map(([key, body]) => row(table, key, body, NEXT)) });
      await write(['a', '1'], ['b', '1']);
      const before = await scanAll(store(), PARTITION, table);
      await write(['c', '1'], ['a', '2']);
      const after = await scanAll(store(), PARTITION, table);
      expect(after.map(({ key, body }) => [key, body])).toEqual([
        ['a', '2'],
        ['b', '1'],
        ['c', '1'],
      ]);
      expect(after.slice(0, 2).map(({ order }) => order)).toEqual(before.map(({ order }) => order));
      await write(['a', null]);
      await write(['a', '3']);
      expect(await keysOf(store(), PARTITION, table)).toEqual(['b', 'c', 'a']);
    });

    test('is one of a kind for each of many posts at once', async () => {
      const table = unique('table');
      const posts = Array.from({ length: 40 }, (_, n) =>
        store().post({
          partition: PARTITION,
          expected: [],
          rows: [row(table, `a${n}`, '1', NEXT), row(table, `b${n}`, '1', NEXT)],
        }),
      );
      await Promise.all(posts);
      const orders = (await scanAll(store(), PARTITION, table)).map(({ order }) => order);
      expect(orders).toHaveLength(80);
      expect(new Set(orders).size).toBe(80);
    });
  });
}
