/** Nodes whose clocks are hours apart, and jump forward and back, under load. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { app as domain } from '../../machines/index.ts';
import type { App } from '../../src/define/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { startTestServer } from '../http/harness.ts';
import { command, eventsOf } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { createTestLog } from '../support/runtime.ts';
import { Client } from './client.ts';
import { beginMixedLoad, expectSound } from './mixed-load.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from './seed.ts';
import { TALLIES, tallyApp } from './tally/app.ts';
import { GROUPS } from './tally/world.ts';

const FILE = 'clocks.test.ts';
const HOUR_MS = 60 * 60 * 1_000;
/** By how much a clock is wrong, at most, forward or back. */
const WRONG_MS_MAX = 6 * HOUR_MS;
/** `MISHAPS=100` for a long run: jumps. */
const JUMPS = Number(process.env.MISHAPS ?? 8);
const SOURCES = ['s0', 's1', 's2', 's3'];
const POKES = 12;

vi.setConfig({ testTimeout: 60_000 + JUMPS * 10_000 });

let redis: RedisServer;
let random: () => number;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  redis = await startRedis();
  random = randomFrom(SEED);
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await redis.stop();
});

/** A node with a clock of its own, which is wrong from the start. */
async function startNode(app: App) {
  const wrong = () => Math.floor((random() * 2 - 1) * WRONG_MS_MAX);
  let offMs = wrong();
  const store = await openRedisStore({ url: redis.url });
  const runtime = { ...createSystemRuntime(), now: () => Date.now() + offMs };
  const engine = createEngine({ app, store, runtime, log: createTestLog() });
  await engine.start();
  ends.push(async () => {
    await engine.drain();
    await store.close();
  });
  const jump = () => {
    offMs = wrong();
  };
  return { engine, jump };
}

async function isAtRest(engine: Engine): Promise<boolean> {
  const { idle, policies } = await engine.policies();
  return idle && policies.every(({ timers }) => timers === 0);
}

describe(`nodes whose clocks are wrong by hours (SEED=${SEED})`, () => {
  test('do every command once, break no rule, and show what was done', async () => {
    tellHowToRepeat(FILE);
    const client = new Client();
    const view = new RedisView(redis.url);
    ends.push(
      () => client.close(),
      () => view.close(),
    );
    const nodes = [await startNode(domain), await startNode(domain)];
    const servers = [];
    for (const { engine } of nodes) {
      const server = await startTestServer({ engine });
      ends.push(() => server.close());
      servers.push({ url: Promise.resolve(server.url) });
    }
    const load = await beginMixedLoad(client, servers, SEED);
    for (let number = 0; number < JUMPS; number++) {
      await load.senders.more(50);
      oneOf(random, nodes).jump();
    }
    await load.senders.more(50);
    await expectSound(load, (await servers[0]?.url) ?? '', view);
  });

  test('fire each timer once, run each effect to its end once, and send each command once', async () => {
    tellHowToRepeat(FILE);
    const nodes = [await startNode(tallyApp), await startNode(tallyApp)];
    const poked = new Map<string, number[]>(SOURCES.map((source) => [source, []]));
    for (let number = 0; number < JUMPS * POKES; number++) {
      const source = oneOf(random, SOURCES);
      const { engine } = oneOf(random, nodes);
      const body = { source, group: oneOf(random, GROUPS), number };
      const outcome = await engine.submit(command(engine, 'Poke', body), { principal: 'test' });
      expect(outcome.status).toBe('accepted');
      poked.get(source)?.push(number);
      if (number % POKES === 0) oneOf(random, nodes).jump();
    }
    const [{ engine } = await startNode(tallyApp)] = nodes;
    await expect.poll(() => isAtRest(engine), { timeout: 30_000 }).toBe(true);
    for (const [source, numbers] of poked) {
      for (const tally of TALLIES) {
        const added = (await eventsOf(engine, `${tally}-${source}`, 'tally')).map(({ data }) =>
          Number(data.of),
        );
        expect(
          added.toSorted((a, b) => a - b),
          `${tally} of ${source}`,
        ).toEqual(numbers);
      }
    }
  });
});
