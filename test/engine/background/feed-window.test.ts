import { expect, test } from 'vitest';
import { FeedWindow } from '../../../src/engine/background/feed-window.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { mustAccept, startNode } from '../../support/node.ts';

/** A window on a feed of so many records, which begins where it is told. */
async function windowOn(records: number, from: number) {
  const store = createMemoryStore({ partitions: 1 });
  const { engine } = startNode(store);
  const grow = async (count: number) => {
    for (let n = 0; n < count; n++) await mustAccept(engine, 'Count', { box: 'a' });
  };
  await grow(records);
  const window = new FeedWindow(store, 0, DEFAULT_BACKGROUND_LIMITS, from);
  const after = async (position: number) =>
    (await window.after(position)).map((record) => record.position);
  return { store, grow, window, after };
}

test('a window that begins before what is left of its feed has what is left', async () => {
  const { store, window, after } = await windowOn(10, 0);
  await store.trim(0, 4);
  expect(await window.fill()).toBe(true);
  for (const position of [0, 2, 4]) expect(await after(position)).toEqual([5, 6, 7, 8, 9, 10]);
  expect(await after(7)).toEqual([8, 9, 10]);
  window.trim(6);
  expect(await after(7)).toEqual([8, 9, 10]);
  expect(window.end).toBe(10);
});

test('a window whose feed is trimmed beyond its end goes on with what comes after', async () => {
  const { store, grow, window, after } = await windowOn(5, 0);
  await window.fill();
  await grow(5);
  await store.trim(0, 7);
  expect(await window.fill()).toBe(true);
  expect(await after(3)).toEqual([8, 9, 10]);
  expect(await after(8)).toEqual([9, 10]);
});
