import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../../src/engine/store.ts';
import { openEmbeddedStore, openRedisStore } from '../../src/storage/open.ts';
import { leftovers } from '../faults/at-rest.ts';
import { Client } from '../faults/client.ts';
import {
  build,
  followsLeft,
  type Look,
  removalsIn,
  surroundings,
  untilAtRest,
  watchCleanup,
} from '../support/cleanup.ts';
import { forgetHeap, heapOf, heapSettings } from '../support/heap.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';

vi.setConfig({ testTimeout: 900_000 });

const FOLLOWERS = 100_000;
const FOLLOWEES = 5_000;
const ALL = FOLLOWERS + FOLLOWEES;
/** `STORE=redis` for the other one. */
const ON_REDIS = process.env.STORE === 'redis';

/** At how many removals the server is killed. */
const KILL_AT = 30_000;
/** Between two looks at the heap, in removals. */
const SAMPLE_EVERY = 5_000;
const MIB = 2 ** 20;
/**
 * What the heap may hold above what it held at rest, in bytes. One message for each follower, kept
 * at once, would be more.
 */
const GROWTH_MAX = 32 * MIB;

let dir: string;
let client: Client;
let redis: RedisServer | null;
let server: ServerProcess | null;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-cleanup-'));
  client = new Client();
  redis = ON_REDIS ? await startRedis() : null;
  server = null;
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await redis?.stop();
  await rm(dir, { recursive: true });
});

function start(): Promise<ServerProcess> {
  const store = redis
    ? { REDIS_URL: redis.url }
    : { STORE: 'embedded', DATA_DIR: join(dir, 'data') };
  return ServerProcess.start({ ...store, ...heapSettings(dir) });
}

function open(): Promise<Store> {
  return redis ? openRedisStore({ url: redis.url }) : openEmbeddedStore({ dir: join(dir, 'data') });
}

/** Looks at the heap every so many removals, and kills the server once. */
class Watch {
  readonly looks: Look[] = [];
  readonly heaps: number[] = [];
  readonly #server: ServerProcess;
  #sampled = 0;
  #isKilled = false;

  constructor(running: ServerProcess) {
    this.#server = running;
  }

  async look(look: Look): Promise<void> {
    this.looks.push(look);
    const { removed } = look;
    if (removed >= this.#sampled + SAMPLE_EVERY) {
      this.#sampled = removed;
      this.heaps.push(await heapOf(dir));
    }
    if (this.#isKilled || removed < KILL_AT) return;
    this.#isKilled = true;
    await this.#server.kill9();
    await forgetHeap(dir);
    await this.#server.begin();
  }
}

test(`an account that ${FOLLOWERS} follow is deactivated, its server killed`, async () => {
  const around = surroundings(FOLLOWERS, FOLLOWEES);
  const running = await start();
  server = running;
  await build(await running.url, around);
  await untilAtRest(client, await running.url);
  const before = await heapOf(dir);

  const watch = new Watch(running);
  const began = performance.now();
  await watchCleanup(
    client,
    () => running.url,
    (look) => watch.look(look),
  );
  await untilAtRest(client, await running.url);
  const took = performance.now() - began;

  const { looks, heaps } = watch;
  const removed = looks.map((look) => look.removed);
  expect(removed, 'it never begins anew').toEqual(removed.toSorted((one, other) => one - other));
  expect(new Set(removed).size, 'its progress can be seen').toBeGreaterThan(50);
  expect([...new Set(looks.map(({ state }) => state))]).toEqual(
    expect.arrayContaining(['removingFollowing', 'removingFollowers']),
  );
  expect(heaps.length).toBeGreaterThan(10);
  const growth = Math.max(...heaps) - before;
  console.log(
    `${Math.round((ALL * 1_000) / took)} removals/s, the restart included; the heap: ` +
      `${Math.round(before / MIB)} MiB at rest, then ${heaps.map((heap) => Math.round(heap / MIB))}`,
  );
  expect(growth).toBeLessThan(GROWTH_MAX);

  expect(await leftovers(client, await running.url)).toEqual([]);
  await running.terminate();
  const store = await open();
  try {
    const reasons = ['account_deactivated'];
    expect(await removalsIn(store)).toEqual({ events: ALL, relationships: ALL, reasons });
    expect(await followsLeft(store, around)).toBe(0);
  } finally {
    await store.close();
  }
});
