import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Client } from './client.ts';
import { isUnavailable, Ledger, replyOf, trailOf } from './ledger.ts';
import { block, named, register, registration, sendNoted } from './load.ts';

/** Longer than a node looks for its Redis; a busy machine takes longer. */
const RECOVERED_MS = 60_000;

let redis: RedisServer;
let client: Client;
let server: ServerProcess | null;

beforeEach(async () => {
  redis = await startRedis();
  client = new Client();
  server = null;
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await redis.stop();
});

describe('a Redis whose data is gone while the node lives', () => {
  test.each([
    ['restarted without persistence', () => redis.restart()],
    [
      'replaced by an empty server on the same port',
      async () => {
        const { port } = redis;
        await redis.stop();
        redis = await startRedis({ port });
      },
    ],
    ['emptied as it runs', () => redis.command('FLUSHALL')],
  ])('%s: nothing that was kept in the node answers any more', async (_, lose) => {
    server = await ServerProcess.start({ REDIS_URL: redis.url });
    const url = await server.url;
    const accounts = named('a', 20);
    await register(client, url, new Ledger(), [...accounts, 'other']);
    let isOver = false;
    const statuses = new Set<number>();
    const drive = async (account: string) => {
      while (!isOver) {
        const came = await sendNoted(client, url, new Ledger(), block(account, 'other'));
        if (came instanceof Error) throw came;
        statuses.add(came.status);
        if (came.status === 503) expect(isUnavailable(came), came.text).toBe(true);
      }
    };
    const driving = accounts.map(drive);
    await expect.poll(() => statuses).toContain(200);
    await lose();
    const back = performance.now();
    const follow = { followerId: 'a_0', followeeId: 'a_1' };
    for (;;) {
      const answer = await client.command(url, 'FollowAccount', follow);
      expect([409, 503], answer.text).toContain(answer.status);
      if (answer.status === 409) break;
      expect(performance.now() - back).toBeLessThan(RECOVERED_MS);
    }
    isOver = true;
    await Promise.all(driving);
    expect([...statuses].filter((status) => ![200, 409, 503].includes(status))).toEqual([]);

    for (const [n, followerId] of accounts.entries()) {
      const body = { followerId, followeeId: accounts[(n + 1) % accounts.length] };
      const answer = await client.command(url, 'FollowAccount', body);
      expect(replyOf(answer).detail).toBe('Follower account not found');
      expect(replyOf(answer)).toMatchObject({ actor: { id: followerId, version: 0 } });
      const trail = await trailOf(client, url, followerId);
      expect(new Set(trail.map(({ actor }) => actor.version))).toEqual(new Set([0]));
    }
    // Nobody holds anything, and all can begin again.
    for (const account of [...accounts, 'other']) {
      const { type, body } = registration(account);
      expect((await client.command(url, type, body)).status).toBe(200);
    }
    const again = await client.command(url, 'BlockAccount', block('a_0', 'other').body);
    expect(replyOf(again)).toMatchObject({ actor: { version: 2 } });
    expect(server.isRunning, server.log).toBe(true);
  });
});
