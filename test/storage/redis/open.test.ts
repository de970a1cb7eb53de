import { connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreRefused, StoreUnavailable } from '../../../src/engine/store.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { freePort, type RedisServer, startRedis } from '../../support/redis.ts';

async function failure(opening: Promise<unknown>): Promise<Error> {
  try {
    await opening;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('the store was opened');
}

describe('opening a store', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test('is refused on a server that evicts, naming the policy and what to do', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    try {
      const error = await failure(openRedisStore({ url: server.url }));
      expect(error).toBeInstanceOf(StoreRefused);
      expect(error.message).toContain(`127.0.0.1:${server.port}`);
      expect(error.message).toContain('"volatile-ttl"');
      expect(error.message).toContain('CONFIG SET maxmemory-policy noeviction');
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test('is refused with another number of partitions than it was made with', async () => {
    const store = await openRedisStore({ url: `${server.url}/1`, partitions: 8 });
    await store.close();
    const error = await failure(openRedisStore({ url: `${server.url}/1`, partitions: 9 }));
    expect(error).toBeInstanceOf(StoreRefused);
    expect(error.message).toContain('made with 8 partitions and is opened with 9');
    const again = await openRedisStore({ url: `${server.url}/1`, partitions: 8 });
    expect(again.partitions).toBe(8);
    await again.close();
  });

  test('is refused with another key layout, and with a key that is not its own', async () => {
    const url = `${server.url}/0`;
    await server.command('SET', 'es:meta', '{"layout":99,"partitions":64}');
    const layout = await failure(openRedisStore({ url }));
    expect(layout).toBeInstanceOf(StoreRefused);
    expect(layout.message).toContain('key layout 99');
    await server.command('SET', 'es:meta', 'something else');
    const other = await failure(openRedisStore({ url }));
    expect(other).toBeInstanceOf(StoreRefused);
    expect(other.message).toContain('es:meta');
    await server.command('DEL', 'es:meta');
  });

  test('is refused where user or password do not do, and shows neither', async () => {
    await server.command('ACL', 'SETUSER', 'ann', 'on', '>right', '~*', '+@all');
    const url = `redis://ann:wr0ng@127.0.0.1:${server.port}`;
    const error = await failure(openRedisStore({ url }));
    expect(error).toBeInstanceOf(StoreRefused);
    expect(error.message).toContain('user or password');
    expect(error.message).not.toMatch(/wr0ng|ann/);
    const store = await openRedisStore({ url: `redis://ann:right@127.0.0.1:${server.port}/2` });
    await store.ping();
    await store.close();
  });

  test('is refused on a replica', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
    try {
      const error = await failure(openRedisStore({ url: replica.url }));
      expect(error).toBeInstanceOf(StoreRefused);
      expect(error.message).toContain('read-only replica');
    } finally {
      await replica.stop();
    }
  });

  test('is refused on one node of a cluster given alone', async () => {
    const node = await startRedis({ args: ['--cluster-enabled', 'yes'] });
    try {
      const error = await failure(openRedisStore({ url: node.url }));
      expect(error).toBeInstanceOf(StoreRefused);
      expect(error.message).toContain('separated by commas');
    } finally {
      await node.stop();
    }
  });

  test('is refused on a server older than 7.0', async () => {
    // No such server is at hand: one that answers as it would.
    const info = 'redis_version:6.2.14\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n';
    const old = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.write(`$${info.length}\r\n${info}\r\n`));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => old.listen(port, '127.0.0.1', resolve));
    try {
      const error = await failure(openRedisStore({ url: `redis://127.0.0.1:${port}` }));
      expect(error).toBeInstanceOf(StoreRefused);
      expect(error.message).toContain('version 6.2.14; 7.0 or newer is needed');
    } finally {
      old.close();
    }
  });

  test('fails where nothing listens, naming the address without its password', async () => {
    const port = await freePort();
    const error = await failure(openRedisStore({ url: `redis://ann:s3cret@127.0.0.1:${port}` }));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).not.toMatch(/s3cret|ann/);
  });

  test.each(['http://127.0.0.1', 'redis://', 'redis://:p4ss@a:b:c'])(
    'is refused with an address like %s',
    async (url) => {
      const error = await failure(openRedisStore({ url }));
      expect(error).toBeInstanceOf(StoreRefused);
      expect(error.message).not.toContain('p4ss');
    },
  );

  test('waits for a server that comes up meanwhile', async () => {
    const port = await freePort();
    const opening = openRedisStore({ url: `redis://127.0.0.1:${port}/4` });
    // Nobody listens there when it is called first.
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    const late = createServer((socket) => {
      const upstream = connect(server.port, '127.0.0.1');
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    late.listen(port, '127.0.0.1');
    const store = await opening;
    await store.ping();
    await store.close();
    late.close();
  });

  test('warns of a server without an append-only file, and only of that', async () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const store = await openRedisStore({ url: `${server.url}/3`, onWarning });
    await store.close();
    expect(warnings).toEqual([expect.stringContaining('without an append-only file')]);
    const safe = await startRedis({ args: ['--appendonly', 'yes'] });
    const quiet = await openRedisStore({ url: safe.url, onWarning });
    await quiet.close();
    await safe.stop();
    expect(warnings).toHaveLength(1);
  });
});
