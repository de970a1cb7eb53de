import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SCRIPTS } from '../../src/storage/redis/scripts.ts';
import { startRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { RedisView } from '../support/redis-view.ts';
import { untilRest } from './at-rest.ts';
import { Client } from './client.ts';
import { Fleet, until } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { block, named, register } from './load.ts';

/** Without a wake-up, a holder looks every five seconds: ten such waits would show. */
const WOKEN_WITHIN_MS = 2_000;
const ROUNDS = 10;
/** How many beats of each node are awaited: more than a look at each partition apart. */
const BEATS = 7;
const NODES = 3;
/** Commands of one node in a second of the server's, all of its looks included. */
const COMMANDS_A_SECOND_MAX = 50;

vi.setConfig({ testTimeout: 90_000 });

let client: Client;
let view: RedisView;
let fleet: Fleet | null;
let stop: () => Promise<void>;

beforeEach(() => {
  client = new Client();
  fleet = null;
});

afterEach(async () => {
  await fleet?.end();
  client.close();
  view.close();
  await stop();
});

async function start(
  server: { readonly url: string; stop(): Promise<void> },
  nodes: number,
): Promise<Fleet> {
  stop = () => server.stop();
  view = new RedisView(server.url);
  fleet = await Fleet.start(Array(nodes).fill({ REDIS_URL: server.url }), view);
  return fleet;
}

describe('a commit on one node wakes the holder of its partition, another one', () => {
  test.each([
    ['one Redis', () => startRedis()],
    ['a cluster of three', () => startRedisCluster()],
  ])('%s', async (_, startServer) => {
    const { members } = await start(await startServer(), 2);
    const [committing, holding] = members;
    if (!committing || !holding) throw new Error('there are no two nodes');
    const url = await committing.process.url;
    const held = await fleet?.heldBy(holding);
    const isHeld = (id: string) => held?.includes(view.keys.partition(`account:${id}`));
    const blockers = named('b', 200).filter(isHeld).slice(0, ROUNDS);
    const followers = blockers.map((id) => `f_${id}`);
    await register(client, url, new Ledger(), [...blockers, ...followers]);
    for (const [round, blocker] of blockers.entries()) {
      const follower = followers[round] ?? '';
      const follow = { followerId: follower, followeeId: blocker };
      const followed = await client.command(url, 'FollowAccount', follow);
      expect(followed.status, followed.text).toBe(200);
      await untilRest(client, url);
      const { type, body } = block(blocker, follower);
      expect((await client.command(url, type, body)).status).toBe(200);
      await until('the follow is removed', WOKEN_WITHIN_MS, async () => {
        const answer = await client.get(`${url}/v1/relationships/${follower}/${blocker}`);
        return answer.text.includes('"aFollowsB":false');
      });
    }
    expect(blockers).toHaveLength(ROUNDS);
  });
});

test('nodes that have nothing to do say little', async () => {
  const server = await startRedis();
  await start(server, NODES);
  const url = (await fleet?.member(0).process.url) ?? '';
  await register(client, url, new Ledger(), named('a', 100));
  await untilRest(client, url);
  const watching = new Redis(server.url);
  const monitor = await watching.monitor();
  const beats = new Map<string, number>();
  const times: number[] = [];
  const hasBeaten = new Promise<void>((resolve) => {
    monitor.on('monitor', (time: string, args: string[], source: string) => {
      // What a script does is said too, as from `lua`.
      if (source === 'lua') return;
      times.push(Number(time));
      if (args[1] !== SCRIPTS.beat.sha) return;
      const node = args[4] ?? '';
      beats.set(node, (beats.get(node) ?? 0) + 1);
      const counts = [...beats.values()];
      if (counts.length === NODES && counts.every((count) => count >= BEATS)) resolve();
    });
  });
  await hasBeaten;
  monitor.disconnect();
  watching.disconnect();
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(times.length / seconds / NODES).toBeLessThan(COMMANDS_A_SECOND_MAX);
});
