import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { ServerProcess } from '../support/server-process.ts';
import { leftovers, untilRest } from './at-rest.ts';
import { Client } from './client.ts';
import { Fleet } from './fleet.ts';
import { type Graph, readGraph } from './graph.ts';
import { judgeReads, judgeRedis, judgeRules } from './graph-judge.ts';
import { GraphSenders } from './graph-load.ts';
import { isOfPolicy, Ledger } from './ledger.ts';
import { named, register } from './load.ts';
import { befall, mishapsOf } from './mishaps.ts';
import { randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const FILE = 'policies.test.ts';
const ACCOUNTS = named('a', 150);
const REGISTERED = 100;
/** `MISHAPS=200` for a long run. */
const MISHAPS = Number(process.env.MISHAPS ?? 10);
const RESTARTS = 3;
/** An answer that a frozen node owes is waited for so long; then another one is asked. */
const PATIENCE_MS = 1_000;

// Half a minute, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 120_000 + MISHAPS * 20_000 });

let client: Client;
let ledger: Ledger;
let redis: RedisServer;
let view: RedisView;
let fleet: Fleet | null;
let server: ServerProcess | null;
let dir: string;

beforeEach(async () => {
  client = new Client(PATIENCE_MS);
  ledger = new Ledger();
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

async function begin(nodes: readonly ServerProcess[]): Promise<GraphSenders> {
  const [first] = nodes;
  if (first === undefined) throw new Error('there is no node');
  await register(client, await first.url, ledger, ACCOUNTS.slice(0, REGISTERED));
  return new GraphSenders({ client, ledger, seed: SEED, accounts: ACCOUNTS, nodes });
}

/** What was done, and that there was something to go wrong. */
function expectEventful({ trails }: Graph): void {
  const events = [...trails.values()].flat();
  const kinds = new Set(events.map(({ type }) => type));
  const reasons = new Set(events.filter(isOfPolicy).map(({ data }) => data.reason));
  for (const type of ['AccountUnblocked', 'AccountDeactivated', 'AccountRegistrationFailed']) {
    expect(kinds).toContain(type);
  }
  for (const reason of ['blocked_by_followee', 'blocked_followee', 'account_deactivated']) {
    expect(reasons).toContain(reason);
  }
}

/** At rest, all that was answered is so, once, and no rule is broken. */
async function expectSound(senders: GraphSenders, url: string): Promise<Graph> {
  await senders.end();
  expect(senders.faults).toEqual([]);
  await untilRest(client, url);
  expect(await leftovers(client, url)).toEqual([]);
  const graph = await readGraph(client, url, ACCOUNTS);
  expect(judgeRules(graph)).toEqual([]);
  expect(await judgeReads(client, url, graph)).toEqual([]);
  expect(await ledger.judge(client, url)).toEqual([]);
  expectEventful(graph);
  return graph;
}

describe('policies under a mixed load', () => {
  test(`three nodes on one Redis, killed and frozen at random (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    fleet = await Fleet.start(Array(3).fill({ REDIS_URL: redis.url }), view);
    const senders = await begin(fleet.processes);
    await befall({ fleet, view, senders }, mishapsOf(SEED, MISHAPS, 3));
    const graph = await expectSound(senders, await fleet.member(0).process.url);
    expect(await judgeRedis(view, graph)).toEqual([]);
  });

  test(`two nodes on a Redis that is killed and started again (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    fleet = await Fleet.start(Array(2).fill({ REDIS_URL: redis.url }), view);
    const senders = await begin(fleet.processes);
    const random = randomFrom(SEED);
    for (let restart = 0; restart < RESTARTS; restart++) {
      await senders.more(100 + Math.floor(random() * 400));
      await redis.restart();
    }
    await senders.more(200);
    const graph = await expectSound(senders, await fleet.member(0).process.url);
    expect(await judgeRedis(view, graph)).toEqual([]);
  });

  test(`one node on the embedded store, killed again and again (SEED=${SEED})`, async () => {
    tellHowToRepeat(FILE);
    server = await ServerProcess.start({ STORE: 'embedded', DATA_DIR: dir });
    const senders = await begin([server]);
    for (const { after } of mishapsOf(SEED, MISHAPS, 1)) {
      await senders.more(after);
      await server.crash();
    }
    await senders.more(200);
    await expectSound(senders, await server.url);
  });
});
