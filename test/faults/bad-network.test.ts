/** A Redis that is out of reach in every way, and a network that disturbs at random, under load. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Fate, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { Client } from './client.ts';
import { Fleet, until } from './fleet.ts';
import { isUnavailable } from './ledger.ts';
import { block } from './load.ts';
import { beginMixedLoad, expectSound, type MixedLoad } from './mixed-load.ts';
import { OUTAGES } from './outages.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const FILE = 'bad-network.test.ts';
const NODES = 2;
const PATIENCE_MS = 3_000;
/** `MISHAPS=200` for a long run: disturbances of the network. */
const MISHAPS = Number(process.env.MISHAPS ?? 12);
/** One of so many pieces of what nodes say to Redis is disturbed. */
const PIECES_APART = 60;
/** How long a piece is late, at most. */
const LATE_MS_MAX = 1_500;
/** How long Redis is frozen, at least: as long as a node is taken to live without a word. */
const FROZEN_MS = 3_000;
const SEEN_WITHIN_MS = 30_000;

vi.setConfig({ testTimeout: 180_000 + MISHAPS * 10_000 });

let client: Client;
/** Who waits for an answer, however busy the machine. */
let patient: Client;
let redis: RedisServer;
let proxy: FaultProxy;
let view: RedisView;
let fleet: Fleet;
let load: MixedLoad;

beforeEach(async () => {
  client = new Client(PATIENCE_MS);
  patient = new Client();
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'everysec'] });
  proxy = await startFaultProxy(redis.port);
  view = new RedisView(redis.url);
  const settings = { REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
  fleet = await Fleet.start(Array(NODES).fill(settings), view);
  load = await beginMixedLoad(client, fleet.processes, SEED);
});

afterEach(async () => {
  redis.resume();
  await fleet.end();
  client.close();
  patient.close();
  view.close();
  await proxy.close();
  await redis.stop();
});

/** What a command that changes something is answered now. */
async function probe() {
  const [account = '', other = ''] = load.accounts;
  const { type, body } = block(account, other);
  const answer = await patient.command(await fleet.member(0).process.url, type, body);
  load.ledger.note(account, answer);
  return answer;
}

describe(`under a mixed load (SEED=${SEED})`, () => {
  test('a Redis out of reach in every way is said to be, and nothing is lost or half done', async () => {
    tellHowToRepeat(FILE);
    for (const outage of OUTAGES) {
      await load.senders.more(50);
      await outage.begin({ redis, proxy });
      await until(`a Redis that ${outage.name} is seen`, SEEN_WITHIN_MS, async () => {
        return isUnavailable(await probe());
      });
      if (outage.name === 'is frozen') await pause(FROZEN_MS);
      const answer = await probe();
      expect(isUnavailable(answer), answer.text).toBe(true);
      await outage.end({ redis, proxy });
    }
    await load.senders.more(100);
    await expectSound(load, await fleet.member(0).process.url, view);
  });

  test('a network that cuts, freezes and slows at random loses nothing and doubles nothing', async () => {
    tellHowToRepeat(FILE);
    const random = randomFrom(SEED);
    const fates = new Set<string>();
    let left = MISHAPS;
    proxy.decide(() => {
      if (left === 0 || random() >= 1 / PIECES_APART) return 'pass';
      left -= 1;
      const fate = oneOf<Fate>(random, [
        'lose request',
        'halve request',
        'lose reply',
        'halve reply',
        'freeze',
        { lateMs: random() * LATE_MS_MAX },
      ]);
      fates.add(typeof fate === 'object' ? 'late' : fate);
      return fate;
    });
    await until('all disturbances', 60_000, async () => left === 0);
    expect(fates.size).toBeGreaterThan(3);
    await load.senders.more(100);
    await expectSound(load, await fleet.member(0).process.url, view);
  });
});
