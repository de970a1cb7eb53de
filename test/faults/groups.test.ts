import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { app } from '../../machines/index.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { leftovers, untilRest } from './at-rest.ts';
import { Client } from './client.ts';
import { Fleet, until } from './fleet.ts';
import { readGraph } from './graph.ts';
import { judgeReads, judgeRedis, judgeRules } from './graph-judge.ts';
import { GraphSenders } from './graph-load.ts';
import { Ledger } from './ledger.ts';
import { named, register } from './load.ts';
import { SEED, tellHowToRepeat } from './seed.ts';

const GROUPS = [...app.policies.keys(), ...app.projections.keys()].sort();
const ACCOUNTS = named('a', 60);
const ANSWERS = 1_500;
/** A partition that nothing wakes is looked at every five seconds. */
const READ_AGAIN_WITHIN_MS = 60_000;

vi.setConfig({ testTimeout: 90_000 });

let client: Client;
let redis: RedisServer;
let view: RedisView;
let fleet: Fleet;

beforeEach(async () => {
  client = new Client();
  redis = await startRedis();
  view = new RedisView(redis.url);
  fleet = await Fleet.start(Array(2).fill({ REDIS_URL: redis.url }), view);
});

afterEach(async () => {
  await fleet.end();
  client.close();
  view.close();
  await redis.stop();
});

/** What happened, once nothing is left to do and all agrees with it. */
async function sound(url: string) {
  await untilRest(client, url);
  expect(await leftovers(client, url)).toEqual([]);
  const graph = await readGraph(client, url, ACCOUNTS);
  expect(judgeRules(graph)).toEqual([]);
  expect(await judgeReads(client, url, graph)).toEqual([]);
  expect(await judgeRedis(view, graph)).toEqual([]);
  return graph;
}

test(`groups stand at the last id at rest; one set back reads again, without a second effect (SEED=${SEED})`, async () => {
  tellHowToRepeat('groups.test.ts');
  const url = await fleet.member(0).process.url;
  const ledger = new Ledger();
  await register(client, url, ledger, ACCOUNTS);
  const load = { client, ledger, seed: SEED, accounts: ACCOUNTS, nodes: fleet.processes };
  const senders = new GraphSenders(load);
  await senders.more(ANSWERS);
  await senders.end();
  const before = await sound(url);
  expect(await view.behind()).toEqual({ groups: GROUPS, faults: [] });

  for (const group of GROUPS) expect(await view.setBack(group)).toBeGreaterThan(0);
  await until('all is read again', READ_AGAIN_WITHIN_MS, async () => {
    return (await view.behind()).faults.length === 0;
  });
  const after = await sound(url);
  expect(after.trails).toEqual(before.trails);
});
