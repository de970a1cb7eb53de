import { describe, expect, test } from 'vitest';
import type { Fence } from '../../../../src/engine/work-store.ts';
import {
  entry,
  fetchOf,
  HOUR_MS,
  keyOf,
  newActorIn,
  type StoreUnderTest,
  unique,
} from '../draft.ts';
import { ODD_NAMES } from '../names.ts';
import { at, hold, item, keysOf, row, scanAll, work } from './draft.ts';

const PARTITION = 0;

/** Nothing in a name or body of background work may lead to another's data. */
export function workNameContract(store: StoreUnderTest): void {
  describe.each(ODD_NAMES)('in background work, a name with %s', (_, odd) => {
    test('serves as a table, as a row’s key and in its body', async () => {
      const held = await hold(store(), PARTITION);
      const table = unique(odd);
      const body = JSON.stringify({ odd });
      const rows = [
        row(table, odd, body, at(5)),
        row(table, `${odd}x`, odd, at(5)),
        row(`${table}x`, odd, '"near"', at(5)),
        row(table, `x${odd}`, '"unordered"'),
      ];
      await work(store(), held, { rows });
      const keys = [odd, `${odd}x`, `x${odd}`, `${odd}y`];
      const bodies = [body, odd, '"unordered"', null];
      expect(await store().rows(PARTITION, table, keys)).toEqual(bodies);
      expect(await store().rows(PARTITION, `${table}x`, keys)).toEqual([
        '"near"',
        null,
        null,
        null,
      ]);
      expect(await store().orders(PARTITION, table, keys)).toEqual([5, 5, null, null]);
      expect(await store().orders(PARTITION, `${table}x`, keys)).toEqual([5, null, null, null]);
      const first = { key: odd, order: 5, body };
      const second = { key: `${odd}x`, order: 5, body: odd };
      expect(await scanAll(store(), PARTITION, table)).toEqual([first, second]);
      const page = { after: first, until: null, limit: 5 };
      expect(await store().scan(PARTITION, table, page)).toEqual([second]);
      expect((await store().survey(PARTITION, [table])).tables).toEqual([
        { rows: 3, ordered: 2, first },
      ]);
      await work(store(), held, { rows: [row(table, odd, null)] });
      expect(await keysOf(store(), PARTITION, table)).toEqual([`${odd}x`]);
      const expected = [{ table, key: `${odd}x`, body: odd }];
      const swapped = [row(table, `${odd}x`, '1')];
      expect(await store().post({ partition: PARTITION, expected, rows: swapped })).toBe(true);
    });

    test('serves as a node, a fence, a step, a subscriber and a cursor', async () => {
      const { partition, fence: former } = await hold(store(), PARTITION);
      const [node, fence] = [unique(odd), unique(odd) as Fence];
      expect(await store().beat(node, HOUR_MS)).toContain(node);
      await store().leave(node);
      expect(await store().swapLease(partition, former, { node, fence })).toBe(true);
      expect((await store().leases())[partition]).toEqual({ node, fence });
      const [subscriber, near] = [unique(odd), `${unique(odd)}x`];
      await store().subscribe([
        { name: subscriber, from: 'beginning' },
        { name: near, from: 'beginning' },
      ]);
      const table = unique('table');
      const step = {
        partition,
        fence,
        stepId: odd,
        checkpoints: [{ subscriber, expected: 0, next: 3 }],
        rows: [row(table, 'a', '1')],
      };
      for (let n = 0; n < 2; n++) expect(await store().step(step)).toEqual({ kind: 'done' });
      expect((await store().checkpoints(subscriber))[partition]).toBe(3);
      expect((await store().survey(partition, [])).checkpoints).toMatchObject({
        [subscriber]: 3,
        [near]: 0,
      });
      const cursor = unique(odd);
      for (const body of ['1', '2']) {
        const items = [item(1, { rows: [row(table, 'brought', body)] })];
        await store().transfer({ partition, cursor, items });
      }
      expect(await store().rows(partition, table, ['a', 'brought'])).toEqual(['1', '1']);
    });

    test('serves as an entry that is brought', async () => {
      const owner = newActorIn(PARTITION);
      const collection = unique(odd);
      const value = JSON.stringify({ odd });
      const entries = [odd, `${odd}x`].map((key) => ({
        owner,
        ...entry(collection, key, 3, value),
      }));
      const cursor = unique('cursor');
      await store().transfer({ partition: PARTITION, cursor, items: [item(1, { entries })] });
      const of = { actor: owner, collection };
      const brought = { key: odd, at: 3, value };
      expect(await fetchOf(store(), { entries: [{ ...of, key: odd }], sizes: [of] })).toMatchObject(
        {
          entries: [brought],
          sizes: [2],
        },
      );
      const page = await store().page(of, { limit: 1, after: { at: 3, key: `${odd}x` } });
      expect(page, keyOf(owner)).toEqual([brought]);
    });
  });
}
