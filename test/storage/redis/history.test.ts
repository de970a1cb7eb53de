import { afterAll, beforeAll, expect, test } from 'vitest';
import { actorKey, partitionOf } from '../../../src/engine/address.ts';
import { type EntryRow, RECENT_TURNS, type Store, type TurnId } from '../../../src/engine/store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { lease, row, step } from './rows.ts';
import { head, newActor, read, turn, unavailable } from './turns.ts';

let server: RedisServer;
let store: Store;

beforeAll(async () => {
  server = await startRedis();
  store = await openRedisStore({ url: server.url, partitions: 1 });
});

afterAll(async () => {
  await store.close();
  await server.stop();
});

test('a trail of 600 records is read page by page among those of others', async () => {
  const [actor, other] = [newActor(), newActor()];
  const last = new Map<typeof actor, ReturnType<typeof turn>['turnId'] | null>();
  const written: string[] = [];
  for (let n = 0; n < 600; n++) {
    for (const each of [actor, other]) {
      const commit = turn(each, last.get(each) ?? null, { recordCount: n + 1 });
      await store.commit(commit);
      last.set(each, commit.turnId);
      if (each === actor) written.unshift(commit.records[0]?.body ?? '');
    }
  }
  const bodies: string[] = [];
  let from: number | null = null;
  do {
    const page = await store.trail(actor, from, 77);
    bodies.push(...page.records.map(({ body }) => body));
    from = page.next;
  } while (from !== null);
  expect(bodies).toEqual(written);
});

test('a page costs the same wherever it begins among 3,000 entries of one time', async () => {
  const actor = newActor();
  const keys = Array.from({ length: 3000 }, (_, n) => `k${String(n).padStart(4, '0')}`);
  const entries = keys.map((key) => ({ collection: 'c', key, at: 7, value: `"${key}"` }));
  await store.commit(turn(actor, null, { entries }));
  await server.command('CONFIG', 'RESETSTAT');
  const gone: EntryRow = { key: 'k1500+', at: 7, value: null };
  const page = await store.page({ actor, collection: 'c' }, { limit: 3, after: gone });
  expect(page).toEqual(
    ['k1500', 'k1499', 'k1498'].map((key) => ({ key, at: 7, value: `"${key}"` })),
  );
  const stats = await server.command('INFO', 'commandstats');
  const probes = Number(/cmdstat_zrange:calls=(\d+)/.exec(stats)?.[1]);
  expect(probes).toBeLessThan(16);
});

test.each([4, 16, 64])('the last turns are kept, with ids of %i characters', async (length) => {
  const actor = newActor();
  const ids: TurnId[] = [];
  let cut = false;
  for (let n = 1; n <= 120; n++) {
    const turnId = `${'x'.repeat(length - 3)}${String(n).padStart(3, '0')}` as TurnId;
    await store.commit(turn(actor, ids[0] ?? null, { turnId, recordCount: n }));
    ids.unshift(turnId);
    const { actor: row } = await read(store, actor);
    const recent = row?.recent.map((one) => one.turnId) ?? [];
    expect(recent).toEqual(ids.slice(0, recent.length));
    expect(row?.recentIsAll).toBe(recent.length === ids.length);
    expect(row?.recentIsAll === true || recent.length >= RECENT_TURNS).toBe(true);
    cut ||= row?.recentIsAll === false;
  }
  expect(cut).toBe(true);
});

test('a feed that was trimmed until nothing was left keeps its head', async () => {
  const actor = newActor();
  const first = turn(actor, null);
  await store.commit(first);
  const before = await head(store, actor);
  await server.command('XTRIM', 'es{0}f', 'MAXLEN', '0');
  expect(await head(store, actor)).toBe(before);
  expect(await store.trail(actor, null, 5)).toEqual({ records: [], next: null, isTrimmed: true });
  const reply = await store.commit(turn(actor, first.turnId, { recordCount: 2 }));
  expect(reply).toEqual({ kind: 'committed', position: before + 1 });
});

test('every key of a commit lies in the slot of its partition', async () => {
  const wide = await openRedisStore({ url: `${server.url}/1`, partitions: 8 });
  const actor = { type: 'account', id: '{0}:{x}' };
  const replies = [{ commandId: '{1}', body: '{}', record: 0, ttlMs: 60_000 }];
  const entries = [{ collection: '{2}', key: 'k', at: 1, value: null }];
  await wide.commit(turn(actor, null, { replies, entries }));
  await wide.close();
  const tag = `es{${partitionOf(actorKey(actor), 8)}}`;
  const reader = await openRedisStore({ url: `${server.url}/1`, partitions: 8 });
  expect((await reader.reply(actor, '{1}'))?.body).toBe('{}');
  await reader.close();
  const stats = await server.command('EVAL', KEYS_OF_DATABASE, '0', '1');
  const names = stats.split('\r\n').filter((line) => line.startsWith('es'));
  expect(names).toHaveLength(5);
  for (const name of names) expect(name === 'es:meta' || name.startsWith(tag)).toBe(true);
});

const KEYS_OF_DATABASE = "redis.call('SELECT', ARGV[1]); return redis.call('KEYS', '*')";

test('replicas that are asked for are waited for, and one that is missing is told', async () => {
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
  const one = await openRedisStore({ url: server.url, partitions: 1, waitReplicas: 1 });
  const two = await openRedisStore({ url: server.url, partitions: 1, waitReplicas: 2 });
  try {
    await expect.poll(() => server.command('INFO', 'replication')).toContain('state=online');
    // Online is said when all was sent: the replica answers for nothing while it still loads it. And
    // it has a quarter of a second for its word, which a busy machine may not give it.
    const turns = Array.from({ length: 20 }, () => turn(newActor(), null));
    const kindOf = (each: (typeof turns)[number]) =>
      one.commit(each).then(({ kind }) => kind, String);
    await Promise.all(turns.map((each) => expect.poll(() => kindOf(each)).toBe('committed')));
    const actor = newActor();
    const commit = turn(actor, null);
    expect((await unavailable(two.commit(commit))).applied).toBe('unknown');
    const missing = (work: () => Promise<unknown>) =>
      expect.poll(() => unavailable(work()).then(({ message }) => message));
    await missing(() => two.commit(commit)).toContain('1 of 2 replicas');
    expect((await read(store, actor)).actor?.lastTurn).toBe(commit.turnId);
    const fence = await lease(store, 0);
    const rows = [row('k', 'v')];
    for (const work of [
      () => step(two, 0, fence, { rows }),
      () => read(two, actor),
      () => two.readFeed(0, 0, 10),
      () => two.putAsync('later', '{}'),
      () => two.swapClaim('c', null, null),
      () => two.post({ partition: 0, expected: [], rows }),
      () =>
        two.transfer({ partition: 0, cursor: 'c', items: [{ position: 1, rows, entries: [] }] }),
    ]) {
      await missing(work).toContain('1 of 2 replicas');
    }
  } finally {
    await one.close();
    await two.close();
    await replica.stop();
  }
});
