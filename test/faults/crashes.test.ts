import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { judgeClaims } from './claims.ts';
import { Client } from './client.ts';
import { differences, driveThroughCrashes } from './keyed-load.ts';
import { Ledger } from './ledger.ts';
import { named, register, settle } from './load.ts';
import { randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const CRASHES = 6;
/** Answers from one crash to the next. */
const APART_MIN = 60;
const APART_MAX = 400;

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 90_000 });

let client: Client;
let redis: RedisServer | null;
let dir: string;
let nodes: ServerProcess[];

beforeEach(async () => {
  client = new Client();
  redis = null;
  dir = await mkdtemp(join(tmpdir(), 'everstate-crashes-'));
  nodes = [];
});

afterEach(async () => {
  for (const node of nodes) await node.kill9();
  client.close();
  await redis?.stop();
  await rm(dir, { recursive: true });
});

function crashesOf(seed: number) {
  const random = randomFrom(seed);
  let after = 0;
  return Array.from({ length: CRASHES }, () => {
    after += APART_MIN + Math.floor(random() * (APART_MAX - APART_MIN));
    return { after, node: Math.floor(random() * nodes.length) };
  });
}

/** Crashes the nodes under load, and compares what was answered with what is there at rest. */
async function expectNothingLost(seed: number): Promise<void> {
  const accounts = named('hot', 4);
  const ledger = new Ledger();
  const [first] = nodes;
  if (first === undefined) throw new Error('there is no node');
  await register(client, await first.url, ledger, accounts);
  const crashes = crashesOf(seed);
  const outcome = await driveThroughCrashes({ client, ledger, seed }, nodes, accounts, crashes);
  expect(outcome.faults).toEqual([]);
  // The last crash of all: what is compared was not kept by a process.
  await Promise.all(nodes.map((node) => node.crash()));
  const url = await first.url;
  expect(await ledger.judge(client, url)).toEqual([]);
  for (const { sent, key, answer } of outcome.answered) {
    const again = await settle(client, () => first.url, sent, key);
    expect(differences(answer, again)).toEqual([]);
  }
  const claims = await judgeClaims(client, url, outcome.attempts);
  expect(claims.faults).toEqual([]);
  expect(claims.held).toBeGreaterThan(0);
  for (const node of nodes) expect(node.isRunning, node.log).toBe(true);
}

describe('nodes that are killed again and again', () => {
  test(`two on one Redis: nothing acknowledged is lost or done twice (SEED=${SEED})`, async () => {
    tellHowToRepeat('crashes.test.ts');
    redis = await startRedis();
    const settings = { REDIS_URL: redis.url };
    nodes = [await ServerProcess.start(settings), await ServerProcess.start(settings)];
    await expectNothingLost(SEED);
  });

  test(`one on the embedded store: the same (SEED=${SEED})`, async () => {
    tellHowToRepeat('crashes.test.ts');
    nodes = [await ServerProcess.start({ STORE: 'embedded', DATA_DIR: dir })];
    await expectNothingLost(SEED + 1);
  });
});
