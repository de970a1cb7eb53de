import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../../../src/engine/address.ts';
import type { Store } from '../../../../src/engine/store.ts';
import type { RestReply } from '../../../../src/engine/work-store.ts';
import {
  act,
  HOUR_MS,
  newActorIn,
  type OpenStore,
  PARTITIONS,
  record,
  type StoreUnderTest,
  unique,
  uniqueIn,
} from '../draft.ts';
import { at, giveBack, type Held, hold, NEXT, newFence, row, work } from './draft.ts';

const PARTITION = 1;

async function headNow(store: Store): Promise<number> {
  return (await store.heads())[PARTITION] ?? 0;
}

function rest(
  store: Store,
  { partition, fence }: Held,
  head: number,
  tables: readonly string[] = [],
): Promise<RestReply> {
  return store.rest({ partition, fence, head, tables });
}

/** A look before a holder rests. */
export function restContract(store: StoreUnderTest): void {
  describe('a holder', () => {
    test('rests where the feed ends where it has read to, and nowhere else', async () => {
      const held = await hold(store(), PARTITION);
      const { position } = await act(store(), newActorIn(PARTITION), { records: [record('1')] });
      const [name, idle] = [unique('subscriber'), unique('subscriber')];
      await store().subscribe([
        { name, from: 'head' },
        { name: idle, from: 'beginning' },
      ]);
      const [timers, empty, unordered] = [unique('table'), unique('table'), unique('table')];
      const rows = [
        row(timers, 'b', '1', at(700)),
        row(timers, 'a', '1', at(800)),
        row(unordered, 'a', '1'),
      ];
      const move = { subscriber: name, expected: position, next: position + 2 };
      await work(store(), held, { rows, checkpoints: [move] });
      const { now } = await store().survey(PARTITION, []);
      for (const head of [position, position - 1, position + 1]) {
        const reply = await rest(store(), held, head, [empty, timers, unordered]);
        expect(reply).toMatchObject({
          kind: 'looked',
          resting: head === position,
          head: position,
          checkpoints: { [name]: position + 2, [idle]: 0 },
          firsts: [null, 700, null],
        });
        expect(reply.kind === 'looked' && reply.now).toBeGreaterThanOrEqual(now);
        expect(reply.kind === 'looked' && reply.now).toBeLessThan(now + 60_000);
      }
    });

    test('that is none any more is fenced', async () => {
      const former = await hold(store(), PARTITION);
      const held = await hold(store(), PARTITION);
      const head = await headNow(store());
      const fenced = { kind: 'fenced' };
      expect(await rest(store(), former, head)).toEqual(fenced);
      expect(await rest(store(), { ...held, fence: newFence() }, head)).toEqual(fenced);
      expect((await rest(store(), held, head)).kind).toBe('looked');
      await giveBack(store(), held);
      expect(await rest(store(), held, head)).toEqual(fenced);
    });
  });
}

/** How much lies in a partition. */
export function surveyContract(store: StoreUnderTest, open: OpenStore): void {
  describe('a survey', () => {
    test('of a new store finds nothing', async () => {
      const { store: fresh, close } = await open({ partitions: 1 });
      try {
        const before = Date.now();
        const { now, ...rest } = await fresh.survey(0, ['t']);
        const nothing = { rows: 0, ordered: 0, first: null };
        expect(rest).toEqual({
          head: 0,
          trimmed: 0,
          lease: null,
          checkpoints: {},
          pendingAsync: 0,
          tables: [nothing],
        });
        expect(now).toBeGreaterThan(before - 60_000);
        expect(now).toBeLessThan(Date.now() + 60_000);
      } finally {
        await close();
      }
    });

    test('tells head, lease, checkpoints, and of every table rows, ordered and first', async () => {
      const held = await hold(store(), PARTITION);
      const { position } = await act(store(), newActorIn(PARTITION), { records: [record('1')] });
      const name = unique('subscriber');
      await store().subscribe([{ name, from: 'head' }]);
      const [one, two] = [unique('table'), unique('table')];
      const look = async () => (await store().survey(PARTITION, [two, one])).tables;
      const nothing = { rows: 0, ordered: 0, first: null };
      expect(await look()).toEqual([nothing, nothing]);
      const rows = [
        row(one, 'a', '1', at(9)),
        row(one, 'b', '2', at(8)),
        row(one, 'c', '3'),
        row(two, 'a', '4'),
        row(two, 'z', null),
      ];
      await work(store(), held, { rows });
      const first = { key: 'b', order: 8, body: '2' };
      expect(await look()).toEqual([
        { rows: 1, ordered: 0, first: null },
        { rows: 3, ordered: 2, first },
      ]);
      await work(store(), held, { rows: [row(one, 'b', null), row(two, 'a', '5', at(1))] });
      await work(store(), held, { rows: [row(one, 'c', '6', NEXT), row(one, 'a', '7')] });
      const [inTwo, inOne] = await look();
      expect(inTwo).toEqual({ rows: 1, ordered: 1, first: { key: 'a', order: 1, body: '5' } });
      expect(inOne).toMatchObject({ rows: 2, ordered: 1, first: { key: 'c', body: '6' } });
      const { head, lease, checkpoints } = await store().survey(PARTITION, []);
      expect([head, lease]).toEqual([position, { node: held.node, fence: held.fence }]);
      expect(checkpoints).toMatchObject({ [name]: position });
    });

    test('counts the async commands that are pending', async () => {
      const count = async () => (await store().survey(PARTITION, [])).pendingAsync;
      const before = await count();
      const ids = ['a', 'b', 'c'].map((prefix) => uniqueIn(PARTITION, prefix));
      const [first = '', second = ''] = ids;
      for (const id of ids) await store().putAsync(id, '{}');
      await store().putAsync(first, '{}');
      expect(ids.map((id) => partitionOf(id, PARTITIONS))).toEqual([1, 1, 1]);
      expect(await count()).toBe(before + 3);
      await store().finishAsync(first, '{}', HOUR_MS);
      await store().finishAsync(first, '{}', HOUR_MS);
      await store().putAsync(first, '{}');
      await store().finishAsync(uniqueIn(PARTITION, 'unknown'), '{}', HOUR_MS);
      expect(await count()).toBe(before + 2);
      await store().finishAsync(second, '{}', HOUR_MS);
      expect(await count()).toBe(before + 1);
    });
  });
}
