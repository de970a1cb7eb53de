/** Owners are cleared while they are listed, as when a read model is removed. */

import { expect, onTestFinished, test } from 'vitest';
import { ownersOf } from '../../../src/engine/partitions.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { startRedis } from '../../support/redis.ts';

/** More than one look at the keys comes to. */
const OWNERS = 3_000;
const TYPE = '~fans';

test('one that is there from the first page to the last is listed, though others go', async () => {
  const server = await startRedis();
  const store = await openRedisStore({ url: server.url, partitions: 1 });
  onTestFinished(async () => {
    await store.close();
    await server.stop();
  });
  const ids = Array.from({ length: OWNERS }, (_, n) => `a${n}`);
  const entries = ids.map((id) => ({
    owner: { type: TYPE, id },
    collection: 'entries',
    key: 'k',
    at: 1,
    value: null,
  }));
  await store.transfer({
    partition: 0,
    cursor: 'c',
    items: [{ position: 1, rows: [], entries }],
  });
  const listed: string[] = [];
  for await (const page of ownersOf(store, TYPE, 50)) {
    expect(page.length).toBeLessThanOrEqual(50);
    for (const id of page) {
      const collection = { actor: { type: TYPE, id }, collection: 'entries' };
      await store.clear(collection, { rank: null, limit: 10 });
    }
    listed.push(...page);
  }
  expect([...new Set(listed)].sort()).toEqual(ids.toSorted());
});
