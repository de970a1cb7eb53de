import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actorKey, partitionOf } from '../../../src/engine/address.ts';
import type { Store } from '../../../src/engine/store.ts';
import type { Fence, StepReply } from '../../../src/engine/work-store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { append, lease, row, step } from './rows.ts';
import { read, turn } from './turns.ts';

let server: RedisServer;
let store: Store;
let database = 0;

beforeAll(async () => {
  server = await startRedis();
});

afterAll(() => server.stop());

/** An empty store with the lease of its first partition. */
async function open(partitions = 1): Promise<Fence> {
  await server.command('FLUSHALL');
  database = (database + 1) % 16;
  store = await openRedisStore({ url: `${server.url}/${database}`, partitions });
  return lease(store, 0);
}

/** Runs a command in the database of the store that is open. */
function command(...words: string[]): Promise<string> {
  const script = "redis.call('SELECT', ARGV[1]); return redis.call(unpack(ARGV, 2))";
  return server.command('EVAL', script, '0', String(database), ...words);
}

async function keys(): Promise<string[]> {
  const reply = await command('KEYS', '*');
  return reply.split('\r\n').filter((line) => line.startsWith('es'));
}

/** Of each group: last delivered id, entries read and lag. */
async function groups(): Promise<string[][]> {
  const words = (await command('XINFO', 'GROUPS', 'es{0}f')).split('\r\n');
  const fields = words.filter((word) => word !== '' && !/^[$*]/.test(word));
  const after = (name: string) =>
    fields.flatMap((field, at) => (field === name ? [fields[at + 1] ?? ''] : []));
  const [ids, reads, lags] = ['last-delivered-id', 'entries-read', 'lag'].map(after);
  return (ids ?? []).map((id, n) => [id, reads?.[n] ?? '', lags?.[n] ?? '']);
}

describe('checkpoints as consumer groups', () => {
  test('stand at the last id of the stream at rest, and say that nothing is left', async () => {
    const fence = await open();
    await store.subscribe([{ name: 'one', from: 'head' }]);
    await append(store, 0);
    await append(store, 0);
    await store.subscribe([
      { name: 'two', from: 'beginning' },
      { name: 'three', from: 'head' },
    ]);
    expect(await groups()).toEqual([
      ['0-0', ':0', ':2'],
      ['0-2', ':2', ':0'],
      ['0-0', ':0', ':2'],
    ]);
    const checkpoints = ['one', 'two'].map((subscriber) => ({ subscriber, expected: 0, next: 2 }));
    expect(await step(store, 0, fence, { checkpoints })).toEqual({ kind: 'done' });
    expect(await groups()).toEqual([
      ['0-2', ':2', ':0'],
      ['0-2', ':2', ':0'],
      ['0-2', ':2', ':0'],
    ]);
    expect(await command('XINFO', 'STREAM', 'es{0}f')).toContain('0-2');
    await store.close();
  });

  test('set back by hand are told, and what would pass them over writes nothing', async () => {
    const fence = await open();
    await store.subscribe([{ name: 'one', from: 'beginning' }]);
    for (let n = 0; n < 3; n++) await append(store, 0);
    const moves = (expected: number, next: number) => ({
      checkpoints: [{ subscriber: 'one', expected, next }],
      rows: [row('k', 'v')],
    });
    await step(store, 0, fence, { checkpoints: moves(0, 3).checkpoints });
    await command('XGROUP', 'SETID', 'es{0}f', 'one', '0-1');
    const moved: StepReply = { kind: 'moved', checkpoints: { one: 1 } };
    expect(await step(store, 0, fence, moves(3, 4))).toEqual(moved);
    expect(await store.rows(0, 't/p', ['k'])).toEqual([null]);
    expect(await store.checkpoints('one')).toEqual([1]);
    expect(await step(store, 0, fence, moves(1, 3))).toEqual({ kind: 'done' });
    expect(await groups()).toEqual([['0-3', ':3', ':0']]);
    await store.close();
  });

  test('set to an id that is no position are read from the beginning', async () => {
    const fence = await open();
    await store.subscribe([{ name: 'one', from: 'head' }]);
    await append(store, 0);
    await command('XGROUP', 'SETID', 'es{0}f', 'one', '5');
    const looked = await store.rest({ partition: 0, fence, head: 1, tables: [] });
    expect(looked).toMatchObject({ checkpoints: { one: 0 } });
    await store.close();
  });

  test('that were destroyed are made again by the step that knows of none', async () => {
    const fence = await open();
    await store.subscribe([{ name: 'one', from: 'beginning' }]);
    await append(store, 0);
    await command('XGROUP', 'DESTROY', 'es{0}f', 'one');
    const again = { checkpoints: [{ subscriber: 'one', expected: 0, next: 1 }] };
    expect(await step(store, 0, fence, again)).toEqual({ kind: 'done' });
    expect(await groups()).toEqual([['0-1', ':1', ':0']]);
    await store.close();
  });

  test('on a stream that is empty leave its head at 0, and its first position at 1', async () => {
    await open();
    await store.subscribe([{ name: 'one', from: 'head' }]);
    expect(await store.heads()).toEqual([0]);
    const actor = { type: 'account', id: 'a' };
    expect(await store.commit(turn(actor, null))).toEqual({ kind: 'committed', position: 1 });
    expect(await store.heads()).toEqual([1]);
    await store.close();
  });
});

describe('rows', () => {
  test('that are removed leave no key, nor do entries', async () => {
    const fence = await open();
    const before = await keys();
    const owner = { type: '~list', id: 'x' };
    const entry = { owner, collection: 'entries', key: 'k', value: '{}' };
    const rows = [
      row('plain', '1'),
      row('at', '2', { kind: 'at', at: 7 }),
      row('in', '3', { kind: 'in', ms: 1000 }),
    ];
    await step(store, 0, fence, { rows });
    await store.transfer({
      partition: 0,
      cursor: 'c',
      items: [{ position: 1, rows: [], entries: [{ ...entry, at: 1 }] }],
    });
    expect((await keys()).length).toBe(before.length + 5);
    await step(store, 0, fence, { rows: rows.map(({ key }) => row(key, null)) });
    await store.transfer({
      partition: 0,
      cursor: 'c',
      items: [{ position: 2, rows: [], entries: [{ ...entry, at: null }] }],
    });
    expect((await keys()).toSorted()).toEqual([...before, 'es{0}x'].toSorted());
    await store.close();
  });

  test('are found after one that is gone, among 3,000 of one order, at the cost of the page', async () => {
    const fence = await open();
    const names = Array.from({ length: 3000 }, (_, n) => `k${String(n).padStart(4, '0')}`);
    const rows = names.map((key) => row(key, `"${key}"`, { kind: 'at', at: 7 }));
    await step(store, 0, fence, { rows: [...rows, row('é', '1', { kind: 'at', at: 7 })] });
    await server.command('CONFIG', 'RESETSTAT');
    const after = { order: 7, key: 'k1499+' };
    const page = await store.scan(0, 't/p', { after, until: null, limit: 3 });
    expect(page.map(({ key }) => key)).toEqual(['k1500', 'k1501', 'k1502']);
    const stats = await server.command('INFO', 'commandstats');
    expect(Number(/cmdstat_zrange:calls=(\d+)/.exec(stats)?.[1])).toBeLessThan(16);
    const last = { order: 7, key: 'k2999+' };
    const rest = await store.scan(0, 't/p', { after: last, until: null, limit: 3 });
    expect(rest).toEqual([{ key: 'é', order: 7, body: '1' }]);
    const whole = await store.scan(0, 't/p', { after: null, until: null, limit: 5000 });
    expect(whole.map(({ key }) => key)).toEqual([...names, 'é']);
    await store.close();
  });

  test('keep orders up to the largest whole number', async () => {
    const fence = await open();
    const orders = [0, 1, 1_700_000_000_123, 2 ** 53 - 2, Number.MAX_SAFE_INTEGER];
    const rows = orders.map((at) => row(`k${at}`, '{}', { kind: 'at', at }));
    await step(store, 0, fence, { rows });
    const page = await store.scan(0, 't/p', { after: null, until: null, limit: 10 });
    expect(page.map(({ order }) => order)).toEqual(orders);
    const after = { order: 2 ** 53 - 2, key: 'k9007199254740990' };
    const last = await store.scan(0, 't/p', { after, until: Number.MAX_SAFE_INTEGER, limit: 10 });
    expect(last).toHaveLength(1);
    await store.close();
  });
});

test('entries that were brought are read as those that were committed', async () => {
  await open(8);
  const owner = { type: '~list', id: 'x' };
  const partition = partitionOf(actorKey(owner), 8);
  const entry = (key: string, at: number | null, value: string | null) => {
    return { owner, collection: 'entries', key, at, value };
  };
  const first = [entry('a', 1, '{"n":1}'), entry('b', 2, null), entry('a', 3, '{"n":2}')];
  const items = [
    { position: 4, rows: [], entries: first },
    { position: 5, rows: [], entries: [entry('c', 1, null), entry('b', null, null)] },
  ];
  await store.transfer({ partition, cursor: 'from 0', items });
  const later = { position: 6, rows: [], entries: [entry('a', 5, null)] };
  await store.transfer({ partition, cursor: 'from 0', items: [later] });
  // A bringer whose reply was lost brings them again, among others.
  await store.transfer({
    partition,
    cursor: 'from 0',
    items: [...items, { position: 9, rows: [], entries: [entry('d', 9, null)] }],
  });
  const ref = { actor: owner, collection: 'entries' };
  expect(await store.page(ref, { limit: 9, after: null })).toEqual([
    { key: 'd', at: 9, value: null },
    { key: 'a', at: 5, value: null },
    { key: 'c', at: 1, value: null },
  ]);
  const found = await store.fetch({
    pointers: [],
    actor: owner,
    views: [],
    entries: [{ ...ref, key: 'a' }],
    sizes: [ref],
  });
  expect(found.entries).toEqual([{ key: 'a', at: 5, value: null }]);
  expect(found.sizes).toEqual([3]);
  expect((await read(store, owner)).actor?.lastTurn).toBeNull();
  await store.close();
});

test('scripts that the server forgot are sent again', async () => {
  const fence = await open();
  await append(store, 0);
  await server.command('SCRIPT', 'FLUSH');
  const rows = [row('k', 'v', { kind: 'next' })];
  const replies = await Promise.all([
    step(store, 0, fence, { rows }),
    store.heads(),
    store.beat('node', 1000),
    store.post({ partition: 0, expected: [], rows: [row('l', 'w')] }),
    store.survey(0, ['t/p']),
  ]);
  expect(replies.slice(0, 4)).toEqual([{ kind: 'done' }, [1], ['node'], true]);
  await store.close();
});

test('a step whose reply was lost is done once when it is sent again', async () => {
  const fence = await open();
  const proxy = await startTcpProxy(server.port);
  const far = await openRedisStore({
    url: `redis://127.0.0.1:${proxy.port}/${database}`,
    partitions: 1,
  });
  await step(store, 0, fence, {});
  const rows = [row('k', 'v', { kind: 'next' })];
  const request = { partition: 0, fence, stepId: 'lost', checkpoints: [], rows };
  proxy.loseNextReply();
  await expect(far.step(request)).rejects.toMatchObject({ applied: 'unknown' });
  expect(await store.rows(0, 't/p', ['k'])).toEqual(['v']);
  await store.post({ partition: 0, expected: [], rows: [row('k', null)] });
  expect(await far.step(request)).toEqual({ kind: 'done' });
  expect(await store.rows(0, 't/p', ['k'])).toEqual([null]);
  await far.close();
  await proxy.close();
  await store.close();
});
