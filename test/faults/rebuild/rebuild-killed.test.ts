/** Servers are killed while read models are made anew: what is read in the end is what happened. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { app } from '../../../machines/index.ts';
import { subscriberOf, typeOf } from '../../../src/engine/generations/row.ts';
import type { Store } from '../../../src/engine/store.ts';
import { openEmbeddedStore, openRedisStore } from '../../../src/storage/open.ts';
import { GraphFold } from '../../engine/graph-fold.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { RedisView } from '../../support/redis-view.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { Client } from '../client.ts';
import { until } from '../fleet.ts';
import { GraphSenders } from '../graph-load.ts';
import { Ledger } from '../ledger.ts';
import { named, register, type Sent, sendBatchNoted } from '../load.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from '../seed.ts';
import {
  answersOf,
  leftOfFormer,
  nodeOn,
  rebuildAll,
  rebuildOver,
  SHORT_WAITS,
  seen,
} from './world.ts';

const FILE = 'rebuild/rebuild-killed.test.ts';
const ACCOUNTS = named('a', 60);
const PARTITIONS = 4;
/** Whom each account follows before a rebuild begins: history that it has to pass. */
const FOLLOWED = 16;
const NAMES = [...app.projections.keys()];
const [FIRST = ''] = NAMES;

const SEEN_WITHIN_MS = 60_000;
/** Rebuilds begun until one is met in the middle. */
const TRIES_MAX = 20;

// A quarter of a minute, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 300_000 });

let client: Client;
let redis: RedisServer | null;
let dir: string;
let nodes: ServerProcess[];
let random: () => number;

beforeEach(async () => {
  client = new Client(2_000);
  redis = null;
  dir = await mkdtemp(join(tmpdir(), 'everstate-rebuild-'));
  nodes = [];
  random = randomFrom(SEED);
});

afterEach(async () => {
  for (const node of nodes) await node.kill9();
  client.close();
  await redis?.stop();
  await rm(dir, { recursive: true });
});

/** Each account follows those that come before it. */
function follows(): Sent[] {
  return ACCOUNTS.flatMap((account, place) =>
    Array.from({ length: Math.min(place, FOLLOWED) }, (_, n) => {
      const body = { followerId: account, followeeId: ACCOUNTS[place - n - 1] };
      return { account, type: 'FollowAccount', body };
    }),
  );
}

/** Any node. */
const one = () => oneOf(random, nodes);

/** Ends any node as a crash does, and starts it again. */
const crashOne = () => one().crash();

type Seen = NonNullable<Awaited<ReturnType<typeof seen>>>;

/** Waits until a node says of the first projection what is waited for. */
async function see(what: string, is: (of: Seen) => boolean): Promise<Seen> {
  let found: Seen | null = null;
  await until(`${FIRST} is ${what}`, SEEN_WITHIN_MS, async () => {
    found = await seen(client, one(), FIRST);
    return found !== null && is(found);
  });
  if (found === null) throw new Error('nothing was seen');
  return found;
}

/** Has all read models made anew, and kills a node in the middle: again where it was too late. */
async function crashInTheMiddle(share: number): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    for (const name of NAMES) await rebuildOver(one(), name);
    const { rebuild } = await see(
      'in the middle',
      (of) => of.rebuild?.phase !== 'building' || of.rebuild.passed > share * of.rebuild.records,
    );
    if (rebuild?.phase === 'building') return crashOne();
  }
  throw new Error('every rebuild was through before it could be killed');
}

/** Kills servers that write, project and rebuild, in each phase. */
async function driveThroughKills(): Promise<void> {
  const ledger = new Ledger();
  const url = await one().url;
  await register(client, url, ledger, ACCOUNTS);
  await sendBatchNoted(client, url, ledger, follows());
  const senders = new GraphSenders({ client, ledger, seed: SEED, accounts: ACCOUNTS, nodes });
  await senders.more(50);
  await crashOne();
  await crashInTheMiddle(0);
  await crashInTheMiddle(0.4);
  await see('through the history', ({ rebuild }) => rebuild?.phase !== 'building');
  await crashOne();
  // What was read before it is about to be removed, or is being.
  await see('read', ({ rebuild, generation }) => rebuild === null && generation > 0);
  await crashOne();
  await senders.more(50);
  await senders.end();
  expect(senders.faults).toEqual([]);
  for (const node of nodes) {
    expect(node.isRunning, node.log).toBe(true);
    await node.terminate();
  }
}

/** What is read is what the feed says, and what one more rebuild gives; nothing else is left. */
async function expectSound(store: Store): Promise<readonly string[]> {
  const engine = await nodeOn(store);
  const isAtRest = async () => {
    const { idle, projections } = await engine.policies();
    return idle && projections.every(({ rebuild }) => rebuild === null);
  };
  await expect.poll(isAtRest).toBe(true);
  const fold = await GraphFold.of(store);
  const { answered, told } = await answersOf(engine, fold);
  expect(answered).toEqual(told);
  expect(answered.length).toBeGreaterThan(100);
  await rebuildAll(engine);
  expect((await answersOf(engine, fold)).answered).toEqual(answered);
  const { projections } = await engine.policies();
  await expect.poll(() => leftOfFormer(store, projections)).toEqual([]);
  const live = projections.map(({ name, generation }) => subscriberOf(name, generation));
  const subscribed = async () =>
    (await engine.subscribers()).flatMap(({ name, kind }) => (kind === 'policy' ? [] : [name]));
  await expect.poll(subscribed).toEqual(expect.arrayContaining(live));
  await expect.poll(async () => (await subscribed()).length).toBe(live.length);
  await engine.drain();
  return projections.map(({ name, generation }) => {
    const aggregate = app.projections.get(name)?.model.aggregate ?? '';
    return typeOf(aggregate, generation);
  });
}

/**
 * What is in Redis of former makings, but the closed cursors of what they brought.
 * @param live the types under which the owners of what is read lie
 */
async function leftInRedis(url: string, live: readonly string[]): Promise<string[]> {
  const view = new RedisView(url, PARTITIONS);
  const raw = new Redis(url);
  const keys = await raw.keys('*~*');
  const { faults } = await view.behind();
  raw.disconnect();
  view.close();
  return [...keys.filter((key) => !live.some((type) => key.includes(type))), ...faults];
}

describe('a rebuild whose server is killed in every phase, under load, ends as what happened', () => {
  test(`on the embedded store (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    const settings = { ...SHORT_WAITS, STORE: 'embedded', DATA_DIR: dir };
    nodes = [await ServerProcess.start(settings)];
    await driveThroughKills();
    const store = await openEmbeddedStore({ dir });
    await expectSound(store);
    await store.close();
  });

  test(`two nodes on one Redis (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    redis = await startRedis();
    const settings = { ...SHORT_WAITS, REDIS_URL: redis.url, PARTITIONS: `${PARTITIONS}` };
    nodes = [await ServerProcess.start(settings), await ServerProcess.start(settings)];
    await driveThroughKills();
    const store = await openRedisStore({ url: redis.url, partitions: PARTITIONS });
    const live = await expectSound(store);
    await store.close();
    expect(await leftInRedis(redis.url, live)).toEqual([]);
  });
});
