import { expect, test } from 'vitest';
import { keys } from '../../../src/storage/kv/keys.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';
import { HOUR_MS } from '../../contract/suite/draft.ts';

/** A store whose pending commands nobody has counted yet, as one that was written before. */
async function uncounted() {
  const backing = new MemoryBacking(Date.now);
  const store = new KeyValueStore(backing, 1, Date.now);
  for (const id of ['a', 'b', 'c', 'd']) await store.putAsync(id, '{}');
  await store.finishAsync('c', '{}', HOUR_MS);
  await backing.step(() => ({ reply: null, writes: [[keys.pendingCount(0), null]] }));
  return { store, count: async () => (await store.survey(0, [])).pendingAsync };
}

test('pending commands that were never counted are counted by who asks first', async () => {
  const { count } = await uncounted();
  expect(await count()).toBe(3);
});

test('pending commands that were never counted are counted before one is added', async () => {
  const { store, count } = await uncounted();
  await store.putAsync('e', '{}');
  expect(await count()).toBe(4);
});

test('pending commands that were never counted are counted before one is finished', async () => {
  const { store, count } = await uncounted();
  await store.finishAsync('a', '{}', HOUR_MS);
  expect(await count()).toBe(2);
});
