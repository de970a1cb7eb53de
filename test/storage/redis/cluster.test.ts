import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Address, actorKey, partitionOf } from '../../../src/engine/address.ts';
import { type Store, StoreRefused } from '../../../src/engine/store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import type { RedisServer } from '../../support/redis.ts';
import { complete, type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { append, lease, listen, row } from './rows.ts';
import { newActor, read, turn, unavailable } from './turns.ts';

const PARTITIONS = 64;

/** Every method ends within about a second; on a machine that is busy it takes longer to be seen. */
const HANGS_MS = 15_000;

let cluster: RedisCluster;
let store: Store;

beforeEach(async () => {
  cluster = await startRedisCluster(['--appendonly', 'yes', '--cluster-node-timeout', '1000']);
  store = await openRedisStore({ url: cluster.url, partitions: PARTITIONS });
});

afterEach(async () => {
  for (const node of cluster.nodes) node.resume();
  await store.close();
  await cluster.stop();
});

function partition(actor: Address): string {
  return `es{${partitionOf(actorKey(actor), PARTITIONS)}}`;
}

/** What a command that answers with one line or one text answered. */
async function answer(node: RedisServer, ...words: string[]): Promise<string> {
  const reply = await node.command(...words);
  return reply.replace(/^\$\d+\r\n|^[:+]/, '').trim();
}

/** The node that has the slot of a key, and another one. */
async function nodesOf(key: string): Promise<{ slot: string; has: RedisServer; not: RedisServer }> {
  const [probe] = cluster.nodes;
  if (probe === undefined) throw new Error('the cluster has no nodes');
  const slot = await answer(probe, 'CLUSTER', 'KEYSLOT', key);
  for (const has of cluster.nodes) {
    const taken = await has.command('GET', key);
    const not = cluster.nodes.find((node) => node !== has);
    if (!taken.startsWith('-MOVED') && not !== undefined) return { slot, has, not };
  }
  throw new Error('no node has the slot');
}

async function recovered(): Promise<void> {
  await expect.poll(() => store.ping().then(() => 'ok', String)).toBe('ok');
}

describe('a cluster', () => {
  test('is refused with another number of partitions than it was made with', async () => {
    await expect(openRedisStore({ url: cluster.url, partitions: 8 })).rejects.toThrow(StoreRefused);
  });

  test('spreads the partitions over its nodes', async () => {
    const actors = Array.from({ length: 60 }, newActor);
    await Promise.all(actors.map((actor) => store.commit(turn(actor, null))));
    for (const node of cluster.nodes) {
      expect(Number(await answer(node, 'DBSIZE'))).toBeGreaterThan(5);
    }
  });

  test('that moves a slot answers, or says that nothing was done, and loses nothing', async () => {
    const actor = newActor();
    const first = turn(actor, null);
    await store.commit(first);
    await lease(store, partitionOf(actorKey(actor), PARTITIONS));
    const prefix = partition(actor);
    const { slot, has, not } = await nodesOf(prefix);
    const [from, to] = [await answer(has, 'CLUSTER', 'MYID'), await answer(not, 'CLUSTER', 'MYID')];
    await not.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
    await has.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
    const move = (key: string) =>
      has.command('MIGRATE', '127.0.0.1', String(not.port), key, '0', '5000');

    await move(`${prefix}a:${actorKey(actor)}`);
    const second = turn(actor, first.turnId, { recordCount: 2 });
    const halfway = await unavailable(store.commit(second));
    expect(halfway.applied).toBe('no');
    expect(halfway.ms).toBeLessThan(HANGS_MS);
    expect((await read(store, actor)).actor?.lastTurn).toBe(first.turnId);

    await move(`${prefix}f`);
    await move(`${prefix}w`);
    expect(await store.commit(second)).toEqual({ kind: 'committed', position: 2 });

    const epoch = store.epoch();
    for (const node of [not, has]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', to);
    const third = turn(actor, second.turnId, { recordCount: 3 });
    expect(await store.commit(third)).toEqual({ kind: 'committed', position: 3 });
    expect((await store.trail(actor, null, 5)).records).toHaveLength(3);
    await expect.poll(() => store.epoch()).toBeGreaterThan(epoch);
  });

  test('that moves a slot while owners are listed has all of them listed', async () => {
    const actors = Array.from({ length: 60 }, newActor);
    for (const actor of actors) await store.commit(turn(actor, null));
    const start = await store.owners('account', null, 5);
    // The slot of one that is listed later comes to where the listing is, behind its back: while it
    // comes, half of it is here and half of it there.
    const moved = actors.find(({ id }) => !start.ids.includes(id)) ?? newActor();
    const prefix = partition(moved);
    const { slot, has, not } = await nodesOf(prefix);
    const [from, to] = [await answer(has, 'CLUSTER', 'MYID'), await answer(not, 'CLUSTER', 'MYID')];
    await not.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
    await has.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
    const found = new Set(start.ids);
    let cursor = start.next;
    const pass = async (pages: number) => {
      for (let page = 0; cursor !== null && page < pages; page++) {
        const next: Awaited<ReturnType<Store['owners']>> = await store.owners('account', cursor, 5);
        for (const id of next.ids) found.add(id);
        cursor = next.next;
      }
    };
    // However long: it has no end before the slot is where it belongs.
    await pass(100);
    expect(cursor).not.toBeNull();
    const keys = await has.command('CLUSTER', 'GETKEYSINSLOT', slot, '100');
    for (const key of keys.split('\r\n').filter((line) => line.startsWith('es{'))) {
      await has.command('MIGRATE', '127.0.0.1', String(not.port), key, '0', '5000');
    }
    for (const node of [not, has]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', to);
    await pass(1_000);
    expect(cursor).toBeNull();
    expect([...found].sort()).toEqual(actors.map(({ id }) => id).sort());
  });

  test.each([
    ['killed', (node: RedisServer) => node.kill9()],
    ['frozen', async (node: RedisServer) => node.pause()],
  ])('of which a node is %s hangs no call, and serves again once it is back', async (how, harm) => {
    const actors = Array.from({ length: 60 }, newActor);
    const firsts = actors.map((actor) => turn(actor, null));
    await Promise.all(firsts.map((commit) => store.commit(commit)));
    const epoch = store.epoch();
    const [actor = newActor()] = actors;
    const { has } = await nodesOf(partition(actor));
    await harm(has);
    const began = performance.now();
    const results = await Promise.allSettled(actors.map((each) => read(store, each)));
    expect(performance.now() - began).toBeLessThan(HANGS_MS);
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    expect((await unavailable(store.commit(turn(actor, null)))).ms).toBeLessThan(HANGS_MS);

    has.resume();
    if (how === 'killed') await has.restart();
    await Promise.all(cluster.nodes.map(complete));
    await recovered();
    expect(store.epoch()).toBeGreaterThan(epoch);
    for (const [n, each] of actors.entries()) {
      const again = firsts[n];
      if (again !== undefined) expect((await store.commit(again)).kind).toBe('committed');
      expect((await store.trail(each, null, 5)).records).toHaveLength(1);
    }
  });
});

describe('the listeners of a cluster', () => {
  const ALL = Array.from({ length: PARTITIONS }, (_, each) => each);
  let other: Store;
  beforeEach(async () => {
    other = await openRedisStore({ url: cluster.url, partitions: PARTITIONS });
  });
  afterEach(() => other.close());

  const post = (each: number) =>
    other.post({ partition: each, expected: [], rows: [row('k', 'v')] }).catch(() => false);

  test('hear of commits, rows and leases of another node, in every partition', async () => {
    const woken = await listen(store);
    for (const each of ALL) {
      const fence = await lease(store, each);
      const looked = await store.rest({ partition: each, fence, head: 0, tables: [] });
      expect(looked).toMatchObject({ resting: true });
    }
    await Promise.all(ALL.map((each) => append(other, each)));
    await expect.poll(() => new Set(woken).size).toBe(PARTITIONS + 1);
    woken.length = 0;
    await Promise.all(ALL.map(post));
    await expect.poll(() => woken.toSorted()).toEqual(ALL.toSorted());
    await other.leave('other');
    await expect.poll(() => woken).toContain('nodes');
  });

  test('follow a slot that moves', async () => {
    const woken = await listen(store);
    const { slot, has, not } = await nodesOf('es{7}');
    const [from, to] = [await answer(has, 'CLUSTER', 'MYID'), await answer(not, 'CLUSTER', 'MYID')];
    await not.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
    await has.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
    woken.length = 0;
    for (const node of [not, has]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', to);
    await expect.poll(() => woken).toContain('all');
    await expect.poll(() => post(7).then(() => woken)).toContain(7);
  });

  test('hear again of a node that was killed, once it is back', async () => {
    const woken = await listen(store);
    const { has } = await nodesOf('es{7}');
    woken.length = 0;
    await has.restart();
    await Promise.all(cluster.nodes.map(complete));
    const posted = () => Promise.all(ALL.map(post)).then(() => new Set(woken));
    await expect.poll(posted).toEqual(new Set(['all', ...ALL]));
  });
});
