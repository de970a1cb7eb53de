import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SCRIPTS } from '../../src/storage/redis/scripts.ts';
import { startRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { RedisView } from '../support/redis-view.ts';
import { limitsOf } from '../support/server-process.ts';
import { untilRest } from './at-rest.ts';
import { Client } from './client.ts';
import { Fleet, until } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { block, named, register } from './load.ts';

/** Without a wake-up, a holder looks so rarely that no test waits for it. */
const LOOK_MS = 60 * 60 * 1_000;
const WOKEN_WITHIN_MS = 30_000;
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
  settings: Readonly<Record<string, string>> = {},
): Promise<Fleet> {
  stop = () => server.stop();
  view = new RedisView(server.url);
  fleet = await Fleet.start(Array(nodes).fill({ REDIS_URL: server.url, ...settings }), view);
  return fleet;
}

describe('a commit on one node wakes the holder of its partition, another one', () => {
  test.each([
    ['one Redis', () => startRedis()],
    ['a cluster of three', () => startRedisCluster()],
  ])('%s', async (_, startServer) => {
    const { members } = await start(
      await startServer(),
      2,
      limitsOf({ background: { lookMs: LOOK_MS } }),
    );
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
  const beats = new Map<string, number>();
  const times: number[] = [];
  for await (const { time, words } of commandsOf(server.port)) {
    times.push(time);
    if (words[1] !== SCRIPTS.beat.sha) continue;
    const node = words[4] ?? '';
    beats.set(node, (beats.get(node) ?? 0) + 1);
    const counts = [...beats.values()];
    if (counts.length === NODES && counts.every((count) => count >= BEATS)) break;
  }
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(times.length / seconds / NODES).toBeLessThan(COMMANDS_A_SECOND_MAX);
});

/**
 * Every command that a server is given from now on, with its own time in seconds. Read by hand: a
 * command that is told along with the answer to MONITOR is more than clients take.
 */
async function* commandsOf(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('MONITOR\r\n');
  try {
    for await (const line of createInterface({ input: socket })) {
      const [, time, source] = /^\+(\d+\.\d+) \[\d+ (\S+)\]/.exec(line) ?? [];
      // What a script does is said too, as from `lua`.
      if (time === undefined || source === 'lua') continue;
      const words = Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, word = '']) => word);
      yield { time: Number(time), words };
    }
  } finally {
    socket.destroy();
  }
}
