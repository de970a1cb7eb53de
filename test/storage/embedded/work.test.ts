import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { act, HOUR_MS, newActor, record } from '../../contract/suite/draft.ts';
import { at, hold, item, NEXT, row, scanAll, stepOf } from '../../contract/suite/work/draft.ts';
import { closing, newDir } from './support.ts';

test('background work goes on where it was when the store is opened again', async () => {
  const dir = newDir();
  const first = await openEmbeddedStore({ dir });
  await act(first, newActor(), { records: [record('{}'), record('{}')] });
  await first.subscribe([{ name: 'policy', from: 'beginning' }]);
  const held = await hold(first, 0);
  const step = stepOf(held, {
    checkpoints: [{ subscriber: 'policy', expected: 0, next: 2 }],
    rows: [row('t', 'a', '1', NEXT), row('t', 'b', '2', at(9)), row('t', 'c', '3')],
  });
  expect(await first.step(step)).toEqual({ kind: 'done' });
  const items = [item(4, { rows: [row('t', 'd', '4', NEXT)] })];
  await first.transfer({ partition: 0, cursor: 'c', items });
  await first.beat('former', HOUR_MS);
  await first.close();

  const second = closing(await openEmbeddedStore({ dir }));
  expect(await second.leases()).toEqual([{ node: held.node, fence: held.fence }]);
  expect(await second.checkpoints('policy')).toEqual([2]);
  expect(await second.readFeed(0, 1, 5)).toMatchObject([{ position: 2 }]);
  // A reply that was lost with the process can still be asked for.
  expect(await second.step(step)).toEqual({ kind: 'done' });
  await second.transfer({ partition: 0, cursor: 'c', items });
  await second.post({ partition: 0, expected: [], rows: [row('t', 'e', '5', NEXT)] });
  expect((await scanAll(second, 0, 't')).map(({ key }) => key)).toEqual(['a', 'd', 'e', 'b']);
  expect((await second.survey(0, ['t'])).tables[0]).toMatchObject({ rows: 5, ordered: 4 });
  // The nodes of a process end with it.
  expect(await second.beat('next', HOUR_MS)).toEqual(['next']);
});

test('a feed that was trimmed goes on where it was when the store is opened again', async () => {
  const dir = newDir();
  const first = await openEmbeddedStore({ dir, partitions: 1 });
  const actor = newActor();
  for (let n = 0; n < 4; n++) await act(first, actor, { records: [record(`${n}`)] });
  expect(await first.trim(0, 3)).toBe(3);
  await first.close();

  const second = await openEmbeddedStore({ dir });
  expect(await second.survey(0, [])).toMatchObject({ head: 4, trimmed: 3 });
  const trail = { records: [{ position: 4, body: '3' }], next: null, isTrimmed: true };
  expect(await second.trail(actor, null, 5)).toEqual(trail);
  expect(await second.trim(0, 9)).toBe(4);
  await second.close();

  const third = closing(await openEmbeddedStore({ dir }));
  expect(await third.survey(0, [])).toMatchObject({ head: 4, trimmed: 4 });
  await third.subscribe([{ name: 'late', from: 'beginning' }]);
  expect(await third.checkpoints('late')).toEqual([4]);
  expect((await act(third, actor, { records: [record('5')] })).position).toBe(5);
  expect(await third.readFeed(0, 0, 9)).toMatchObject([{ position: 5 }]);
});
