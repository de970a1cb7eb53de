import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actorKey, partitionOf } from '../../../src/engine/address.ts';
import { ownersOf } from '../../../src/engine/partitions.ts';
import type { Store } from '../../../src/engine/store.ts';
import type { OwnedEntry } from '../../../src/engine/work-store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { append } from './rows.ts';

/** All a type's ids, page by page, with something done after each page. */
async function list(store: Store, type: string, limit: number, between: () => Promise<unknown>) {
  const ids: string[] = [];
  let pages = 0;
  for await (const page of ownersOf(store, type, limit)) {
    ids.push(...page);
    pages += 1;
    await between();
  }
  return { ids, pages };
}

/** Owners with an entry each, of a type of their own. */
async function bring(store: Store, type: string, count: number, entries = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `o${n}`);
  const keys = Array.from({ length: entries }, (_, n) => `k${n}`);
  const brought = ids.flatMap((id) =>
    keys.map((key) => ({ owner: { type, id }, collection: 'c', key, at: 1, value: null })),
  );
  for (let partition = 0; partition < store.partitions; partition++) {
    const isHere = ({ owner }: OwnedEntry) =>
      partitionOf(actorKey(owner), store.partitions) === partition;
    const own = brought.filter(isHere);
    for (let from = 0; from < own.length; from += 1_000) {
      const items = [{ position: from + 1, rows: [], entries: own.slice(from, from + 1_000) }];
      await store.transfer({ partition, cursor: type, items });
    }
  }
  return ids.sort();
}

describe('a server that is stopped', () => {
  test.each([
    ['what it wrote', 'yes', false],
    ['its rewritten log', 'no', true],
    ['its rewritten log with a snapshot', 'yes', true],
  ])('knows from %s where a feed ends of which nothing is left', async (_, preamble, rewrites) => {
    const args = ['--appendonly', 'yes', '--aof-use-rdb-preamble', preamble];
    const server = await startRedis({ args: [...args, '--appendfsync', 'always'] });
    const store = await openRedisStore({ url: server.url, partitions: 2 });
    try {
      await store.subscribe([{ name: 'one', from: 'beginning' }]);
      for (let n = 0; n < 5; n++) await append(store, 0);
      for (let n = 0; n < 3; n++) await append(store, 1);
      await store.unsubscribe('one');
      expect([await store.trim(0, 5), await store.trim(1, 2)]).toEqual([5, 2]);
      if (rewrites) {
        await server.command('BGREWRITEAOF');
        const info = () => server.command('INFO', 'persistence');
        await expect.poll(info).toMatch(/aof_rewrite_in_progress:0[\s\S]*aof_rewrite_scheduled:0/);
      }
      await server.restart();
      await expect.poll(() => store.heads().catch(() => null)).toEqual([5, 3]);
      const survey = async (partition: number) => (await store.survey(partition, [])).trimmed;
      expect([await survey(0), await survey(1)]).toEqual([5, 2]);
      await store.subscribe([{ name: 'two', from: 'beginning' }]);
      expect(await store.checkpoints('two')).toEqual([5, 2]);
      await append(store, 0);
      expect(await store.readFeed(0, 0, 9)).toMatchObject([{ position: 6 }]);
    } finally {
      await store.close();
      await server.stop();
    }
  });

  test('between two pages of owners is looked through once more', async () => {
    const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const server = await startRedis({ args });
    const store = await openRedisStore({ url: server.url, partitions: 1 });
    try {
      const expected = await bring(store, '~m', 3_000);
      let restarts = 0;
      const { ids } = await list(store, '~m', 500, async () => {
        if (++restarts !== 3) return;
        await server.restart();
        await expect.poll(() => store.ping().then(() => 'ok', String)).toBe('ok');
      });
      expect([...new Set(ids)].sort()).toEqual(expected);
      // Those of the first three pages came twice: its cursor meant nothing any more.
      expect(ids.length).toBeGreaterThan(expected.length);
    } finally {
      await store.close();
      await server.stop();
    }
  });
});

describe('a server', () => {
  let server: RedisServer;
  let store: Store;
  beforeAll(async () => {
    server = await startRedis();
    store = await openRedisStore({ url: server.url, partitions: 64 });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  async function callsOf(command: string): Promise<number> {
    const stats = await server.command('INFO', 'commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }

  test('is looked through once for all its partitions, whatever its owners have', async () => {
    const few = await bring(store, '~few', 20);
    await bring(store, '~many', 1, 30_000);
    for (let n = 0; n < 200; n++) await append(store, n % 64);
    await server.command('CONFIG', 'RESETSTAT');
    const { ids, pages } = await list(store, '~few', 1_000, async () => {});
    expect(ids.toSorted()).toEqual(few);
    expect(pages).toBeLessThan(4);
    expect(await callsOf('scan')).toBe(pages);
    expect((await list(store, '~many', 1_000, async () => {})).ids).toEqual(['o0']);
    // More than a script can hand over at once.
    const all = { actor: { type: '~many', id: 'o0' }, collection: 'c' };
    expect(await store.clear(all, { rank: null, limit: 30_000 })).toBe(false);
    expect((await list(store, '~many', 1_000, async () => {})).ids).toEqual([]);
  });

  test('shows the lag of subscribers from where a feed begins', async () => {
    for (let n = 0; n < 6; n++) await append(store, 3);
    const head = (await store.heads())[3] ?? 0;
    expect(await store.trim(3, head - 2)).toBe(head - 2);
    await store.subscribe([{ name: 'late', from: 'beginning' }]);
    const groups = await server.command('XINFO', 'GROUPS', 'es{3}f');
    expect(groups).toMatch(/lag\r\n:2\r\n/);
    await store.unsubscribe('late');
  });

  test('has no key of an owner any more whose entries were cleared', async () => {
    const before = await server.command('DBSIZE');
    const owner = { type: '~gone', id: 'o' };
    const entry = { owner, collection: 'c', key: 'k', at: 1, value: '{}', rank: 'r' };
    const partition = partitionOf(actorKey(owner), 64);
    await store.transfer({
      partition,
      cursor: 'x',
      items: [{ position: 1, rows: [], entries: [entry] }],
    });
    expect(await store.clear({ actor: owner, collection: 'c' }, { rank: 'r', limit: 9 })).toBe(
      false,
    );
    await server.command('DEL', `es{${partition}}x`);
    expect(await server.command('DBSIZE')).toBe(before);
  });
});
