import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../src/engine/store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { head, newActor, read, turn, unavailable } from './turns.ts';

/** Every method ends within about a second; on a machine that is busy it takes longer to be seen. */
const HANGS_MS = 15_000;
/** Turns between two cuts of a connection. */
const CUT_EVERY = 40;

/** Calls until the store answers again. */
async function recovered(store: Store): Promise<void> {
  await expect.poll(() => store.ping().then(() => 'ok', String)).toBe('ok');
}

let server: RedisServer;
let proxy: TcpProxy;
let store: Store;

beforeEach(async () => {
  server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  proxy = await startTcpProxy(server.port);
  store = await openRedisStore({ url: `redis://127.0.0.1:${proxy.port}` });
});

afterEach(async () => {
  server.resume();
  await store.close();
  await proxy.close();
  await server.stop();
});

describe('a server that was killed', () => {
  test('fails calls as never applied, and serves again once it is back, as another run', async () => {
    const actor = newActor();
    const first = turn(actor, null);
    expect(await store.commit(first)).toEqual({ kind: 'committed', position: 1 });
    const epoch = store.epoch();
    await server.kill9();
    // Until the connection is seen to be gone, a call may still be sent.
    await expect
      .poll(() => unavailable(store.ping()).then(({ message }) => message))
      .toContain('out of reach');
    const second = turn(actor, first.turnId, { recordCount: 2 });
    const calls = [
      store.commit(second),
      read(store, actor),
      store.ping(),
      store.swapClaim('c', null, null),
      store.page({ actor, collection: 'following' }, { limit: 1, after: null }),
      store.pendingAsync(0, 1),
    ];
    for (const failed of await Promise.all(calls.map(unavailable))) {
      expect(failed.applied).toBe('no');
      expect(failed.ms).toBeLessThan(HANGS_MS);
    }
    await server.restart();
    await recovered(store);
    expect(store.epoch()).toBeGreaterThan(epoch);
    expect((await read(store, actor)).actor?.lastTurn).toBe(first.turnId);
    expect(await store.commit(second)).toEqual({ kind: 'committed', position: 2 });
  });

  test('that is back soon is waited for', async () => {
    const actor = newActor();
    const epoch = store.epoch();
    await server.kill9();
    const restarting = server.restart();
    await expect
      .poll(() => store.commit(turn(actor, null)).then(({ kind }) => kind, String))
      .toBe('committed');
    expect(store.epoch()).toBeGreaterThan(epoch);
    await restarting;
  });

  test('with calls in flight fails writes as unknown and reads as not applied', async () => {
    server.pause();
    const actor = newActor();
    const write = unavailable(store.commit(turn(actor, null)));
    const plain = unavailable(read(store, actor));
    const pointer = { key: 'k', value: 'v', ttlMs: 1000 };
    const pointing = unavailable(
      store.fetch({ pointers: [pointer], actor, views: [], entries: [], sizes: [] }),
    );
    // They are sent in the turns that come next.
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    await server.kill9();
    expect((await write).applied).toBe('unknown');
    expect((await plain).applied).toBe('no');
    expect((await pointing).applied).toBe('unknown');
  });
});

describe('a frozen server', () => {
  test('hangs no call, and serves again once it goes on', async () => {
    const [one, two] = [newActor(), newActor()];
    await store.commit(turn(one, null));
    server.pause();
    const commit = turn(two, null);
    const [write, look] = await Promise.all([
      unavailable(store.commit(commit)),
      unavailable(read(store, one)),
    ]);
    expect(write.applied).toBe('unknown');
    expect(look.applied).toBe('no');
    for (const { ms } of [write, look]) expect(ms).toBeLessThan(HANGS_MS);
    const later = await unavailable(store.commit(commit));
    expect(later.applied).toBe('no');
    expect(later.ms).toBeLessThan(HANGS_MS);

    const epoch = store.epoch();
    server.resume();
    await recovered(store);
    expect(store.epoch()).toBe(epoch);
    const reply = await store.commit(commit);
    expect(reply.kind).toBe('committed');
    expect((await store.trail(two, null, 10)).records).toHaveLength(1);
  });
});

describe('a connection that is cut', () => {
  test('between request and reply leaves open what happened, and the turn id tells', async () => {
    const actor = newActor();
    const commit = turn(actor, null);
    proxy.loseNextReply();
    expect((await unavailable(store.commit(commit))).applied).toBe('unknown');
    expect(await store.commit(commit)).toEqual({ kind: 'committed', position: 1 });
    expect(await head(store, actor)).toBe(1);
  });

  test('before the request arrives leaves it open too, and the turn can be tried again', async () => {
    const actor = newActor();
    const commit = turn(actor, null);
    proxy.loseNextRequest();
    expect((await unavailable(store.commit(commit))).applied).toBe('unknown');
    expect((await read(store, actor)).actor?.lastTurn).toBeNull();
    expect(await store.commit(commit)).toEqual({ kind: 'committed', position: 1 });
  });

  test('is made anew without a failed call, and the epoch stays', async () => {
    const epoch = store.epoch();
    for (let n = 0; n < 5; n++) {
      await store.ping();
      proxy.cut();
      // Whether the cut is seen before or after the call is sent is open: a read says "no".
      const actor = newActor();
      await read(store, actor).catch(() => read(store, actor));
    }
    expect(store.epoch()).toBe(epoch);
  });

  test('under load commits every turn once', async () => {
    const actors = Array.from({ length: 40 }, newActor);
    let committed = 0;
    const drive = async (actor: (typeof actors)[number]) => {
      let last = null;
      for (let n = 1; n <= 40; n++) {
        const commit = turn(actor, last, { recordCount: n });
        for (;;) {
          const reply = await store.commit(commit).catch(() => null);
          if (reply === null) continue;
          expect(reply.kind).toBe('committed');
          break;
        }
        committed += 1;
        if (committed % CUT_EVERY === 0) proxy.cut();
        last = commit.turnId;
      }
      const { records } = await (async function trail(): ReturnType<Store['trail']> {
        return store.trail(actor, null, 100).catch(trail);
      })();
      expect(records).toHaveLength(40);
    };
    await Promise.all(actors.map(drive));
    expect(committed).toBe(40 * 40);
  });
});

describe('a server that turns writes away', () => {
  test.each([
    ['out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    [
      'without enough replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
    ['that became a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])('%s writes nothing, says so, and fails a ping', async (_, begin, end) => {
    const actor = newActor();
    const before = turn(actor, null);
    await store.commit(before);
    await server.command(...begin);
    const entries = [{ collection: 'c', key: 'k', at: 1, value: null }];
    const commit = turn(actor, before.turnId, { recordCount: 2, entries });
    const failed = await unavailable(store.commit(commit));
    expect(failed.applied).toBe('no');
    expect((await unavailable(store.ping())).applied).toBe('no');
    expect((await read(store, actor)).actor?.lastTurn).toBe(before.turnId);
    await server.command(...end);
    await recovered(store);
    expect(await store.commit(commit)).toEqual({ kind: 'committed', position: 2 });
  });
});

describe('a store', () => {
  test('whose server forgot its scripts goes on', async () => {
    const actor = newActor();
    const first = turn(actor, null);
    await store.commit(first);
    await server.command('SCRIPT', 'FLUSH');
    const second = turn(actor, first.turnId, { recordCount: 2 });
    const [committed, trail] = await Promise.all([
      store.commit(second),
      store.trail(actor, null, 5),
    ]);
    expect(committed).toEqual({ kind: 'committed', position: 2 });
    expect(trail.records.length).toBeGreaterThan(0);
  });

  test('that is closed ends what is under way, and takes nothing more', async () => {
    const other = await openRedisStore({ url: server.url });
    const under = other.commit(turn(newActor(), null));
    await other.close();
    expect((await under).kind).toBe('committed');
    expect((await unavailable(other.ping())).applied).toBe('no');
  });

  test('whose server was replaced by one that it may not use stays shut until it may', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    proxy.cut();
    await expect
      .poll(() => unavailable(store.ping()).then(({ message }) => message))
      .toContain('allkeys-lru');
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await recovered(store);
  });
});
