import { describe, expect, test } from 'vitest';
import { type StoreUnderTest, unique } from '../draft.ts';
import { at, bodyOf, giveBack, hold, item, NEXT, row, scanAll, stepOf, work } from './draft.ts';

const PARTITION = 1;

/** Rows that are written under nobody's lease. */
export function postContract(store: StoreUnderTest): void {
  describe('a post', () => {
    test('writes its rows, whoever has the lease', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      await work(store(), held, { rows: [row(table, 'a', '1', at(1)), row(table, 'b', '1')] });
      const write = (key: string, body: string | null) =>
        store().post({
          partition: PARTITION,
          expected: [],
          rows: [row(table, key, body, body === null ? null : at(2))],
        });
      expect(await write('b', '2')).toBe(true);
      await giveBack(store(), held);
      expect(await write('a', null)).toBe(true);
      expect(await scanAll(store(), PARTITION, table)).toEqual([{ key: 'b', order: 2, body: '2' }]);
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBeNull();
    });

    test('writes nothing unless every row is as it expects', async () => {
      const table = unique('table');
      const other = unique('table');
      const post = (
        expected: readonly (readonly [table: string, key: string, body: string | null])[],
        body: string,
      ) =>
        store().post({
          partition: PARTITION,
          expected: expected.map(([name, key, stands]) => ({ table: name, key, body: stands })),
          rows: [row(table, 'a', body, at(1)), row(table, 'b', body, at(1))],
        });
      expect(await post([[table, 'a', '']], 'x')).toBe(false);
      expect(await post([[table, 'a', '1']], 'x')).toBe(false);
      expect(await scanAll(store(), PARTITION, table)).toEqual([]);
      expect(await post([[table, 'a', null]], '1')).toBe(true);
      expect(await post([[table, 'a', null]], 'x')).toBe(false);
      expect(
        await post(
          [
            [table, 'a', '1'],
            [table, 'b', '2'],
          ],
          'x',
        ),
      ).toBe(false);
      expect(
        await post(
          [
            [table, 'a', '1 '],
            [table, 'b', '1'],
          ],
          'x',
        ),
      ).toBe(false);
      expect(
        await post(
          [
            [table, 'a', '1'],
            [other, 'b', '1'],
          ],
          'x',
        ),
      ).toBe(false);
      expect(await store().rows(PARTITION, table, ['a', 'b'])).toEqual(['1', '1']);
      expect(
        await post(
          [
            [table, 'a', '1'],
            [table, 'b', '1'],
            [other, 'b', null],
          ],
          '2',
        ),
      ).toBe(true);
      expect(await store().rows(PARTITION, table, ['a', 'b'])).toEqual(['2', '2']);
    });

    test('of many at once on one row is made alone', async () => {
      const table = unique('table');
      const posts = Array.from({ length: 20 }, (_, n) =>
        store().post({
          partition: PARTITION,
          expected: [{ table, key: 'a', body: null }],
          rows: [row(table, 'a', String(n)), row(table, `only${n}`, '1', at(n))],
        }),
      );
      const made = await Promise.all(posts);
      expect(made.filter((isMade) => isMade)).toHaveLength(1);
      const winner = made.indexOf(true);
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBe(String(winner));
      const scanned = await scanAll(store(), PARTITION, table);
      expect(scanned).toEqual([{ key: `only${winner}`, order: winner, body: '1' }]);
    });

    test('leaves the last step known, and so does a transfer', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique('table');
      const step = stepOf(held, { rows: [row(table, 'a', '1')] });
      await store().step(step);
      const isKnown = async () => {
        expect(await store().step(step)).toEqual({ kind: 'done' });
        expect(await bodyOf(store(), PARTITION, table, 'a')).toBe('2');
      };
      const rows = [row(table, 'a', '2', NEXT)];
      await store().post({ partition: PARTITION, expected: [], rows });
      await isKnown();
      const items = [item(1, { rows: [...rows, row(table, 'b', '1', NEXT)] })];
      await store().transfer({ partition: PARTITION, cursor: unique('cursor'), items });
      await isKnown();
    });
  });
}
