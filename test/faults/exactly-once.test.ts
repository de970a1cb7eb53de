import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { eventsOf } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { createTestLog } from '../support/runtime.ts';
import { until } from './fleet.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from './seed.ts';
import { TALLIES, tallyApp } from './tally/app.ts';
import { NodeProcess } from './tally/node-process.ts';
import { ANSWER_TTL_MS, GROUPS, PARTITIONS, SOURCES } from './tally/world.ts';

const NODES = 3;
/** `MISHAPS=100` for a long run. */
const MISHAPS = Number(process.env.MISHAPS ?? 4);
const RECORDS_APART_MAX = 150;
const WITHIN_MS = 60_000;

vi.setConfig({ testTimeout: 120_000 + MISHAPS * 20_000 });

let redis: RedisServer;
let view: RedisView;
let store: Store;
/** Reads what others did, and does nothing itself. */
let reader: Engine;
let nodes: NodeProcess[];
let started: number;

beforeEach(async () => {
  redis = await startRedis();
  view = new RedisView(redis.url, PARTITIONS);
  store = await openRedisStore({ url: redis.url, partitions: PARTITIONS });
  const runtime = createSystemRuntime();
  reader = createEngine({ app: tallyApp, store, runtime, log: createTestLog() });
  nodes = [];
  started = 0;
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.kill9()));
  await reader.drain();
  await store.close();
  view.close();
  await redis.stop();
});

async function records(): Promise<number> {
  return (await store.heads()).reduce((sum, head) => sum + head, 0);
}

async function moreRecords(count: number): Promise<void> {
  const from = await records();
  await until(`${count} more records`, WITHIN_MS, async () => (await records()) >= from + count);
}

function heldBy(count: number): Promise<void> {
  return until(`${count} hold all leases`, WITHIN_MS, async () => {
    const holders = new Set(await view.holders());
    return holders.size === count && !holders.has(null);
  });
}

function startNode(): Promise<NodeProcess> {
  started += 1;
  return NodeProcess.start(redis.url, SEED + started);
}

/** Kills one and starts another; or freezes one until what it has under way was done by others. */
async function befall(kind: 'kill' | 'freeze', place: number): Promise<void> {
  const node = nodes[place];
  if (node === undefined) throw new Error(`there is no node ${place}`);
  if (kind === 'kill') {
    await node.kill9();
    nodes[place] = await startNode();
    return;
  }
  await heldBy(NODES);
  node.freeze();
  await heldBy(NODES - 1);
  await pause(ANSWER_TTL_MS);
  node.thaw();
}

/** Waits until nothing is left to do, now or later. */
async function untilRest(): Promise<void> {
  let last: unknown = null;
  const isAtRest = async () => {
    const report = await reader.policies().catch(() => null);
    last = report;
    return report?.idle === true && report.policies.every(({ timers }) => timers === 0);
  };
  try {
    await until('all is done', WITHIN_MS, isAtRest);
  } catch (error) {
    throw new Error(`it is not: ${JSON.stringify(last)}`, { cause: error });
  }
}

/** What was added to each tally more or less often than once for every poke of its source. */
async function judge(): Promise<{ readonly faults: string[]; readonly added: number }> {
  const faults: string[] = [];
  let count = 0;
  for (const source of SOURCES) {
    const pokes = (await eventsOf(reader, source, 'source')).map(({ data }) => data);
    for (const tally of TALLIES) {
      const id = `${tally}-${source}`;
      const added = (await eventsOf(reader, id, 'tally')).map(({ data }) => data.of);
      count += added.length;
      const times = new Map<unknown, number>();
      for (const of of added) times.set(of, (times.get(of) ?? 0) + 1);
      for (const { number } of pokes) {
        const found = times.get(number) ?? 0;
        if (found !== 1) faults.push(`${id} has ${number} ${found} times`);
      }
      if (times.size > pokes.length) faults.push(`${id} has what was not poked`);
      if (tally === 'gathered') faults.push(...disorder(id, pokes, added));
    }
  }
  return { faults, added: count };
}

/** The instance of a group sends in the order of the pokes. */
function disorder(
  id: string,
  pokes: readonly Readonly<Record<string, unknown>>[],
  added: readonly unknown[],
): string[] {
  return GROUPS.flatMap((group) => {
    const order = pokes.filter((poke) => poke.group === group).map(({ number }) => number);
    const known = new Set(order);
    const isSame = String(added.filter((of) => known.has(of))) === String(order);
    return isSame ? [] : [`${id} has those of ${group} in another order`];
  });
}

test(`whatever dies or freezes where, a policy's command has one effect (SEED=${SEED})`, async () => {
  tellHowToRepeat('exactly-once.test.ts');
  const random = randomFrom(SEED);
  for (let n = 0; n < NODES; n++) nodes.push(await startNode());
  for (let mishap = 0; mishap < MISHAPS; mishap++) {
    await moreRecords(Math.floor(random() * RECORDS_APART_MAX));
    const kind = mishap === 0 ? 'freeze' : oneOf(random, ['kill', 'kill', 'freeze'] as const);
    await befall(kind, Math.floor(random() * NODES));
  }
  await moreRecords(RECORDS_APART_MAX);
  await Promise.all(nodes.map((node) => node.rest()));
  await untilRest();
  const { faults, added } = await judge();
  expect(faults).toEqual([]);
  expect((await reader.deadLetters({ limit: 10, cursor: null })).items).toEqual([]);

  // Whatever was answered is forgotten by now.
  await pause(ANSWER_TTL_MS);
  for (const policy of tallyApp.policies.keys()) {
    expect(await view.setBack(policy)).toBeGreaterThan(0);
  }
  await until('all is read again', WITHIN_MS, async () => {
    return (await view.behind()).faults.length === 0;
  });
  await untilRest();
  expect(await judge()).toEqual({ faults: [], added });
  for (const node of nodes) expect(await node.end()).toBe(0);
});
