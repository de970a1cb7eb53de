import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine, createSystemRuntime, type Engine, type Store } from '../../src/index.ts';
import { openEmbeddedStore, openRedisStore } from '../../src/storage/open.ts';
import { mustAccept } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { createTestLog } from '../support/runtime.ts';
import { everyEntry, everyRemoval, followersOf, followingOf, sizesOf } from '../support/stored.ts';
import { until } from './fleet.ts';

vi.setConfig({ testTimeout: 120_000 });

const LIMIT = 5_000;
const SENDERS = 16;
const TOGETHER = 1_000;
const RESTED_WITHIN_MS = 60_000;

const first = named('first', LIMIT);
const late = named('late', 50);

function named(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

/** Runs `one` for each, so many at a time. */
async function together(
  ids: readonly string[],
  atOnce: number,
  one: (id: string, worker: number) => Promise<void>,
): Promise<void> {
  const left = [...ids].reverse();
  const work = async (worker: number) => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await one(id, worker);
  };
  await Promise.all(Array.from({ length: atOnce }, (_, worker) => work(worker)));
}

let dir: string;
let redis: RedisServer | null;
let stores: Store[];
let engines: Engine[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-limit-'));
  [redis, stores, engines] = [null, [], []];
});

afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.drain()));
  await Promise.all(stores.map((store) => store.close()));
  await redis?.stop();
  await rm(dir, { recursive: true });
});

/** One store for each node: of the embedded one there is one alone. */
const openers = {
  async embedded(): Promise<void> {
    stores = [await openEmbeddedStore({ dir })];
  },
  async Redis(): Promise<void> {
    redis = await startRedis();
    const { url } = redis;
    stores = [await openRedisStore({ url }), await openRedisStore({ url })];
  },
};

/** A node on each store. Its policies run once it is started. */
function nodes(): [Engine, ...Engine[]] {
  const [one, ...others] = stores.map((store) =>
    createEngine({ app, store, runtime: createSystemRuntime(), log: createTestLog() }),
  );
  if (one === undefined) throw new Error('there is no store');
  engines = [one, ...others];
  return [one, ...others];
}

function storeOf(): Store {
  const [store] = stores;
  if (store === undefined) throw new Error('there is no store');
  return store;
}

/** With the policies at work, an account comes to follow as many as it may; then they stop. */
async function fillWhilePoliciesRun(): Promise<void> {
  const [engine, ...others] = nodes();
  await engine.start();
  await together(['fan', ...first, ...late], TOGETHER, (accountId) => {
    const [email, username] = [`${accountId}@example.org`, accountId.replace('-', '_')];
    return mustAccept(engine, 'RegisterAccount', { accountId, email, username });
  });
  await together(first, TOGETHER, (followeeId) => follow(engine, followeeId));
  await Promise.all([engine, ...others].map((each) => each.drain()));
}

function follow(engine: Engine, followeeId: string): Promise<void> {
  return mustAccept(engine, 'FollowAccount', { followerId: 'fan', followeeId });
}

function unfollow(engine: Engine, followeeId: string): Promise<void> {
  return mustAccept(engine, 'RemoveFollower', { followerId: 'fan', followeeId });
}

/** Sixteen senders at once, on all nodes, none of which runs policies. */
async function followTooMany(running: readonly Engine[]): Promise<void> {
  await together(late, SENDERS, async (followeeId, sender) => {
    const engine = running[sender % running.length];
    if (engine) await follow(engine, followeeId);
  });
  expect(await followed()).toEqual([...first, ...late].toSorted());
}

async function policiesCatchUp(engine: Engine): Promise<void> {
  await engine.start();
  let report = await engine.policies();
  const isIdle = async () => {
    report = await engine.policies();
    return report.idle;
  };
  await until('idle', RESTED_WITHIN_MS, isIdle).catch((error: unknown) => {
    throw new Error(`the policies are not idle: ${JSON.stringify(report)}`, { cause: error });
  });
  const { items } = await engine.deadLetters({ limit: 10, cursor: null });
  expect(items).toEqual([]);
}

async function followed(): Promise<string[]> {
  const entries = await everyEntry(storeOf(), followingOf('fan'));
  return entries.map(({ key }) => key).toSorted();
}

/** Whose follows were removed, one entry for each time, and why. */
async function removals(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { reason, followeeId } of everyRemoval(storeOf())) {
    found.set(reason, [...(found.get(reason) ?? []), followeeId]);
  }
  return found;
}

/** Of these accounts, those that the read model says the account follows. */
async function seenFollowed(ids: readonly string[]): Promise<string[]> {
  const sizes = await sizesOf(storeOf(), ids.map(followersOf));
  return ids.filter((_, index) => sizes[index] === 1);
}

describe.each(['embedded', 'Redis'] as const)('the follow limit on %s', (kind) => {
  beforeEach(() => openers[kind]());

  test('takes the follows over the limit, however late it looks', async () => {
    await fillWhilePoliciesRun();
    const running = nodes();
    await followTooMany(running);
    await policiesCatchUp(running[0]);
    expect(await followed()).toEqual(first.toSorted());
    const removed = await removals();
    expect([...removed.keys()]).toEqual(['follow_limit_exceeded']);
    expect(removed.get('follow_limit_exceeded')?.toSorted()).toEqual(late.toSorted());
    expect(await seenFollowed([...first, ...late])).toEqual(first);
  });

  test('takes no more than are over the limit when it looks', async () => {
    const [given, givenLate] = [first.slice(100, 120), late.slice(0, 5)];
    await fillWhilePoliciesRun();
    const running = nodes();
    await followTooMany(running);
    const left = [...given, ...givenLate];
    await together(left, SENDERS, (followeeId) => unfollow(running[0], followeeId));
    await policiesCatchUp(running[0]);

    const removed = await removals();
    expect(removed.get('user_requested')?.toSorted()).toEqual(left.toSorted());
    const taken = removed.get('follow_limit_exceeded') ?? [];
    expect(taken).toHaveLength(late.length - left.length);
    expect(new Set(taken).size).toBe(taken.length);
    for (const followee of taken) expect(late.slice(5)).toContain(followee);
    const gone = new Set([...left, ...taken]);
    const stay = [...first, ...late].filter((followee) => !gone.has(followee));
    expect(stay).toHaveLength(LIMIT);
    expect(await followed()).toEqual(stay.toSorted());
    expect(await seenFollowed([...first, ...late])).toEqual(stay);
  });
});
