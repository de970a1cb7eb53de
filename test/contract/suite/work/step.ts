import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import type { WorkStep } from '../../../../src/engine/work-store.ts';
import { type OpenStore, type StoreUnderTest, unique } from '../draft.ts';
import {
  at,
  bodyOf,
  giveBack,
  type Held,
  hold,
  keysOf,
  newFence,
  row,
  stepOf,
  work,
} from './draft.ts';

const PARTITION = 0;
const DONE = { kind: 'done' };
const FENCED = { kind: 'fenced' };

/** A holder, two subscribers at 0 and a table, all new. */
async function setUp(store: Store) {
  const held = await hold(store, PARTITION);
  const [first, second, table] = [unique('first'), unique('second'), unique('table')];
  await store.subscribe([
    { name: first, from: 'beginning' },
    { name: second, from: 'beginning' },
  ]);
  const checkpointsNow = async () => [
    (await store.checkpoints(first))[PARTITION],
    (await store.checkpoints(second))[PARTITION],
  ];
  const move = (subscriber: string, expected: number, next: number) => ({
    subscriber,
    expected,
    next,
  });
  return { held, first, second, table, checkpointsNow, move };
}

/** A step of a partition's background work. */
export function stepContract(store: StoreUnderTest, open: OpenStore): void {
  describe('a step', () => {
    test('writes checkpoints and rows at once', async () => {
      const { held, first, second, table, checkpointsNow, move } = await setUp(store());
      const rows = [row(table, 'a', '1'), row(table, 'b', '2', at(5)), row(table, 'c', null)];
      const checkpoints = [move(first, 0, 7), move(second, 0, 3)];
      await work(store(), held, { checkpoints, rows });
      expect(await checkpointsNow()).toEqual([7, 3]);
      expect(await store().rows(PARTITION, table, ['a', 'b', 'c'])).toEqual(['1', '2', null]);
      await work(store(), held, { checkpoints: [move(first, 7, 8)] });
      expect(await checkpointsNow()).toEqual([8, 3]);
      expect((await store().checkpoints(first)).toSpliced(PARTITION, 1)).toEqual([0, 0, 0]);
      await work(store(), held, {});
    });

    test('can set a checkpoint back', async () => {
      const { held, first, checkpointsNow, move } = await setUp(store());
      await work(store(), held, { checkpoints: [move(first, 0, 7)] });
      await work(store(), held, { checkpoints: [move(first, 7, 2)] });
      expect(await checkpointsNow()).toEqual([2, 0]);
    });

    test('under another fence, an older one or none that is held is fenced', async () => {
      const { held, first, table, checkpointsNow, move } = await setUp(store());
      const writes = { checkpoints: [move(first, 0, 1)], rows: [row(table, 'a', '1')] };
      const isFenced = async (by: Held) => {
        expect(await store().step(stepOf(by, writes))).toEqual(FENCED);
        expect(await checkpointsNow()).toEqual([0, 0]);
        expect(await bodyOf(store(), PARTITION, table, 'a')).toBeNull();
      };
      await isFenced({ ...held, fence: newFence() });
      const next = await hold(store(), PARTITION);
      await isFenced(held);
      const given = { node: null, fence: next.fence };
      expect(await store().swapLease(PARTITION, next.fence, given)).toBe(true);
      await isFenced(next);
    });

    test('where there never was a lease is fenced', async () => {
      const { store: fresh, close } = await open({ partitions: 1 });
      try {
        const nobody = { partition: 0, node: 'n', fence: newFence() };
        expect(await fresh.step(stepOf(nobody))).toEqual(FENCED);
      } finally {
        await close();
      }
    });

    test('sent again is done once more, and changes nothing', async () => {
      const { held, first, table, checkpointsNow, move } = await setUp(store());
      const step = stepOf(held, {
        checkpoints: [move(first, 0, 1)],
        rows: [row(table, 'a', '1', at(1)), row(table, 'b', '1', at(2))],
      });
      expect(await store().step(step)).toEqual(DONE);
      const later = [row(table, 'a', '2', at(9)), row(table, 'b', null)];
      expect(await store().post({ partition: PARTITION, expected: [], rows: later })).toBe(true);
      expect(await store().step(step)).toEqual(DONE);
      expect(await checkpointsNow()).toEqual([1, 0]);
      expect(await store().rows(PARTITION, table, ['a', 'b'])).toEqual(['2', null]);
    });

    test('sent again is known only while it is the last, and under its own fence', async () => {
      const { held, first, table, move } = await setUp(store());
      const step = stepOf(held, { checkpoints: [move(first, 0, 1)] });
      expect(await store().step(step)).toEqual(DONE);
      // One that wrote nothing is not the last.
      const early = stepOf(held, { checkpoints: [move(first, 0, 2)] });
      expect((await store().step(early)).kind).toBe('moved');
      expect(await store().step(step)).toEqual(DONE);
      await work(store(), held, { checkpoints: [move(first, 1, 2)] });
      expect((await store().step(step)).kind).toBe('moved');

      const last = stepOf(held, { rows: [row(table, 'a', '1')] });
      expect(await store().step(last)).toEqual(DONE);
      // The fence is looked at first: of one that nobody holds no step is known.
      const given = { node: null, fence: held.fence };
      expect(await store().swapLease(PARTITION, held.fence, given)).toBe(true);
      expect(await store().step(last)).toEqual(FENCED);
      const next = await hold(store(), PARTITION);
      expect(await store().step(last)).toEqual(FENCED);
      const rows = [row(table, 'a', '2')];
      await work(store(), next, { stepId: last.stepId, rows });
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBe('2');
    });

    test('that comes once more after later ones were made is not made again', async () => {
      const { held, table } = await setUp(store());
      const numbered = (number: number, body: string | null) =>
        stepOf(held, { stepId: `${number}#${unique('step')}`, rows: [row(table, 'a', body)] });
      const [first, ninth, tenth] = [numbered(1, '1'), numbered(9, '9'), numbered(10, null)];
      for (const step of [first, first, ninth, ninth, tenth, tenth]) {
        expect(await store().step(step)).toEqual(DONE);
      }
      for (const late of [first, ninth, numbered(10, '10')]) {
        expect(await store().step(late)).toEqual(FENCED);
      }
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBeNull();

      // Each holding counts anew, and a step without a number is never late.
      const next = await hold(store(), PARTITION);
      await work(store(), next, { stepId: `1#${unique('step')}`, rows: [row(table, 'a', '1')] });
      await work(store(), next, { rows: [row(table, 'a', 'by hand')] });
      await work(store(), next, { stepId: `1#${unique('step')}`, rows: [row(table, 'a', '2')] });
      expect(await bodyOf(store(), PARTITION, table, 'a')).toBe('2');
    });

    test('whose subscriber stands elsewhere is told where all stand, and writes nothing', async () => {
      const { held, first, second, table, checkpointsNow, move } = await setUp(store());
      await work(store(), held, { checkpoints: [move(first, 0, 4)] });
      const moves = [
        [move(first, 3, 5)],
        [move(second, 0, 5), move(first, 0, 5)],
        [move(first, 4, 5), move(second, 1, 5)],
        [move(first, 4, 5), move(unique('nobody'), 3, 5)],
      ];
      for (const checkpoints of moves) {
        const step = stepOf(held, { checkpoints, rows: [row(table, 'a', '1', at(1))] });
        const reply = await store().step(step);
        expect(reply).toMatchObject({ kind: 'moved', checkpoints: { [first]: 4, [second]: 0 } });
        expect(await checkpointsNow()).toEqual([4, 0]);
        expect(await bodyOf(store(), PARTITION, table, 'a')).toBeNull();
        expect(await keysOf(store(), PARTITION, table)).toEqual([]);
      }
    });

    test('of many made at once from one checkpoint is made alone, with all its rows', async () => {
      const { held, first, table, move } = await setUp(store());
      const steps = Array.from({ length: 20 }, (_, n): WorkStep => {
        const rows = ['a', 'b', 'c'].map((key) => row(table, `${key}${n}`, String(n), at(n)));
        return stepOf(held, { checkpoints: [move(first, 0, n + 1)], rows });
      });
      const replies = await Promise.all(steps.map((step) => store().step(step)));
      const made = replies.findIndex(({ kind }) => kind === 'done');
      expect(replies.filter(({ kind }) => kind === 'moved')).toHaveLength(19);
      expect((await store().checkpoints(first))[PARTITION]).toBe(made + 1);
      expect(await keysOf(store(), PARTITION, table)).toEqual([`a${made}`, `b${made}`, `c${made}`]);
    });

    test('of a new holder goes on where the former one was', async () => {
      const { held, first, table, checkpointsNow, move } = await setUp(store());
      const rows = [row(table, 'a', '1', at(1))];
      await work(store(), held, { checkpoints: [move(first, 0, 4)], rows });
      await giveBack(store(), held);
      const next = await hold(store(), PARTITION);
      await work(store(), next, { checkpoints: [move(first, 4, 5)] });
      expect(await checkpointsNow()).toEqual([5, 0]);
      expect(await keysOf(store(), PARTITION, table)).toEqual(['a']);
    });
  });
}
