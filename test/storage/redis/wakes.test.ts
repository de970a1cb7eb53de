import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../src/engine/store.ts';
import type { Fence } from '../../../src/engine/work-store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { append, lease, listen, row } from './rows.ts';

let server: RedisServer;
let store: Store;
let other: Store;

beforeEach(async () => {
  server = await startRedis();
  store = await openRedisStore({ url: server.url, partitions: 4 });
  other = await openRedisStore({ url: server.url, partitions: 4 });
});

afterEach(async () => {
  await Promise.all([store.close(), other.close()]);
  await server.stop();
});

/** How many messages were published on a channel of a partition. */
async function published(): Promise<number> {
  const stats = await server.command('INFO', 'commandstats');
  return Number(/cmdstat_spublish:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** The number of connections that listen. */
async function listening(): Promise<number> {
  const clients = await server.command('CLIENT', 'LIST', 'TYPE', 'PUBSUB');
  return clients.split('\n').filter((line) => line.includes('addr=')).length;
}

describe('a partition whose holder rests', () => {
  test('is woken by the next commit to its feed, of another node, and only by that', async () => {
    const woken = await listen(store);
    const fence = await lease(store, 2);
    await append(other, 2);
    const request = { partition: 2, fence, tables: [] };
    expect(await store.rest({ ...request, head: 0 })).toMatchObject({ resting: false, head: 1 });
    await append(other, 2);
    expect(await store.rest({ ...request, head: 2 })).toMatchObject({ resting: true, head: 2 });
    await append(other, 1);
    expect(await published()).toBe(0);
    await append(other, 2);
    await append(other, 2);
    await expect.poll(() => woken).toContain(2);
    expect(await published()).toBe(1);
    expect(await server.command('HEXISTS', 'es{2}w', 'r')).toBe(':0\r\n');
    expect(woken).toEqual(['all', 2]);
  });

  test('is not woken by another store on the same server', async () => {
    const elsewhere = await openRedisStore({ url: `${server.url}/1`, partitions: 4 });
    const woken = await listen(store);
    await elsewhere.post({ partition: 0, expected: [], rows: [row('k', 'v')] });
    await other.post({ partition: 1, expected: [], rows: [row('k', 'v')] });
    await expect.poll(() => woken).toContain(1);
    expect(woken).toEqual(['all', 1]);
    await elsewhere.close();
  });
});

test('rows that are posted or brought wake their partition; entries and nothing new do not', async () => {
  const woken = await listen(store);
  const before = [{ table: 't/p', key: 'k', body: 'other' }];
  expect(await other.post({ partition: 0, expected: before, rows: [row('k', 'v')] })).toBe(false);
  const entry = { owner: { type: 'x', id: 'y' }, collection: 'c', key: 'k', at: 1, value: null };
  const entries = { position: 1, rows: [], entries: [entry] };
  await other.transfer({ partition: 1, cursor: 'c', items: [entries] });
  await other.transfer({
    partition: 1,
    cursor: 'c',
    items: [{ ...entries, rows: [row('k', '')] }],
  });
  const items = [{ position: 2, rows: [row('k', 'v')], entries: [] }];
  await other.transfer({ partition: 2, cursor: 'c', items });
  expect(await other.post({ partition: 3, expected: [], rows: [row('k', 'v')] })).toBe(true);
  await expect.poll(() => woken).toContain(3);
  expect(woken).toEqual(['all', 2, 3]);
});

test('nodes are woken by a lease that is given back, and by one of them that leaves', async () => {
  const woken = await listen(store);
  const fence = await lease(other, 3);
  await other.beat('other', 10_000);
  expect(await published()).toBe(0);
  await other.swapLease(3, fence, { node: null, fence: 'after' as Fence });
  await expect.poll(() => woken).toEqual(['all', 'nodes']);
  await other.leave('other');
  await expect.poll(() => woken).toEqual(['all', 'nodes', 'nodes']);
});

test('a listener whose connection was killed is told, and hears again', async () => {
  const woken = await listen(store);
  await server.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
  await expect.poll(() => woken).toEqual(['all', 'all']);
  await other.post({ partition: 3, expected: [], rows: [row('k', 'v')] });
  await expect.poll(() => woken).toContain(3);
});

test('a listener whose server was killed is told once that is back, and hears again', async () => {
  const woken = await listen(store);
  await server.restart();
  await expect.poll(() => woken).toEqual(['all', 'all']);
  await expect
    .poll(() => other.post({ partition: 3, expected: [], rows: [] }).catch(() => false))
    .toBe(true);
  await expect.poll(() => woken).toContain(3);
});

test('a listener whose server stood still too long is told, and hears again', async () => {
  const woken = await listen(store);
  // It is asked every two seconds, and has one for its answer; a busy machine asks later.
  await server.command('DEBUG', 'SLEEP', '8');
  await expect.poll(() => woken.length).toBeGreaterThan(1);
  expect(new Set(woken)).toEqual(new Set(['all']));
  await server.command('SPUBLISH', 'es{3}n:0', 'work');
  await expect.poll(() => woken).toContain(3);
});

test('one that no longer listens is told nothing, and a closed store listens no more', async () => {
  const heard: unknown[] = [];
  const end = store.onWake((what) => heard.push(what));
  const woken = await listen(store);
  await expect.poll(() => heard).toEqual(['all']);
  end();
  await other.post({ partition: 3, expected: [], rows: [row('k', 'v')] });
  await expect.poll(() => woken).toContain(3);
  expect(heard).toEqual(['all']);
  expect(await listening()).toBe(1);
  await store.close();
  await expect.poll(listening).toBe(0);
});

test('a user who may not publish nor subscribe commits all the same, and is warned once', async () => {
  await server.command('ACL', 'SETUSER', 'ann', 'on', '>pw', '~*', '+@all', 'resetchannels');
  const url = `redis://ann:pw@127.0.0.1:${server.port}`;
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const mute = await openRedisStore({ url, partitions: 4, onWarning });
  const heard: unknown[] = [];
  mute.onWake((what) => heard.push(what));
  const fence = await lease(mute, 1);
  expect(await mute.rest({ partition: 1, fence, head: 0, tables: [] })).toMatchObject({
    resting: true,
  });
  await append(mute, 1);
  expect(await mute.post({ partition: 1, expected: [], rows: [row('k', 'v')] })).toBe(true);
  expect((await mute.heads())[1]).toBe(1);
  await expect.poll(() => warnings.at(-1)).toContain('&es*');
  expect(warnings.filter((warning) => warning.includes('channels'))).toHaveLength(1);
  expect(heard).toEqual([]);
  await mute.close();
});
