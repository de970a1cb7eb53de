import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Client } from './client.ts';
import { Fleet } from './fleet.ts';
import { befall, mishapsOf } from './mishaps.ts';
import { beginMixedLoad, expectSound, untilEventful } from './mixed-load.ts';
import { randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const FILE = 'policies.test.ts';
/** `MISHAPS=200` for a long run. */
const MISHAPS = Number(process.env.MISHAPS ?? 10);
const RESTARTS = 3;
/** An answer that a frozen node owes is waited for so long; then another one is asked. */
const PATIENCE_MS = 1_000;

// Half a minute, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 120_000 + MISHAPS * 20_000 });

let client: Client;
let redis: RedisServer;
let view: RedisView;
let fleet: Fleet | null;
let server: ServerProcess | null;
let dir: string;

beforeEach(async () => {
  client = new Client(PATIENCE_MS);
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  view = new RedisView(redis.url);
  fleet = null;
  server = null;
  dir = await mkdtemp(join(tmpdir(), 'everstate-policies-'));
});

afterEach(async () => {
  await fleet?.end();
  await server?.kill9();
  client.close();
  view.close();
  await redis.stop();
  await rm(dir, { recursive: true });
});

describe('policies under a mixed load', () => {
  test(`three nodes on one Redis, killed and frozen at random (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    fleet = await Fleet.start(Array(3).fill({ REDIS_URL: redis.url }), view);
    const load = await beginMixedLoad(client, fleet.processes, SEED);
    const { senders } = load;
    await befall({ fleet, view, senders }, mishapsOf(SEED, MISHAPS, 3));
    const url = await fleet.member(0).process.url;
    await untilEventful(load, url);
    await expectSound(load, url, view);
  });

  test(`two nodes on a Redis that is killed and started again (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    fleet = await Fleet.start(Array(2).fill({ REDIS_URL: redis.url }), view);
    const load = await beginMixedLoad(client, fleet.processes, SEED);
    const { senders } = load;
    const random = randomFrom(SEED);
    for (let restart = 0; restart < RESTARTS; restart++) {
      await senders.more(100 + Math.floor(random() * 400));
      await redis.restart();
    }
    await senders.more(200);
    const url = await fleet.member(0).process.url;
    await untilEventful(load, url);
    await expectSound(load, url, view);
  });

  test(`one node on the embedded store, killed again and again (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    server = await ServerProcess.start({ STORE: 'embedded', DATA_DIR: dir });
    const load = await beginMixedLoad(client, [server], SEED);
    const { senders } = load;
    for (const { after } of mishapsOf(SEED, MISHAPS, 1)) {
      await senders.more(after);
      await server.crash();
    }
    await senders.more(200);
    const url = await server.url;
    await untilEventful(load, url);
    await expectSound(load, url);
  });
});
