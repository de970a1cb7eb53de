/** Couriers on every store: opened for a test, and closed with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Store } from '../../src/engine/store.ts';
import { openEmbeddedStore } from '../../src/storage/embedded/index.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { startTestServer, type TestServer } from '../http/harness.ts';
import { send } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { type Couriers, couriersOn } from './courier.ts';

const PARTITIONS = 4;

let redis: RedisServer;
let opened = 0;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => redis.stop());

const stores: Readonly<Record<string, () => Promise<Store>>> = {
  memory: async () => createMemoryStore({ partitions: PARTITIONS }),
  redis: () => openRedisStore({ url: `${redis.url}/${opened++}`, partitions: PARTITIONS }),
  async embedded() {
    const dir = await mkdtemp(join(tmpdir(), 'everstate-'));
    ends.push(() => rm(dir, { recursive: true }));
    return openEmbeddedStore({ dir, partitions: PARTITIONS });
  },
};

/** Names of all stores. */
export const STORES = Object.keys(stores);

/** Couriers at work, and the inspector's server. */
export interface World extends Couriers {
  readonly server: TestServer;
}

/** @param unmask shows what is personal */
export async function openCouriers(kind: string, unmask = false): Promise<World> {
  const store = await stores[kind]?.();
  if (!store) throw new Error(`there is no store ${kind}`);
  ends.push(() => store.close());
  const couriers = couriersOn(store);
  ends.push(() => couriers.engine.drain());
  await couriers.engine.start();
  const server = await startTestServer({ engine: couriers.engine, unmask });
  ends.push(() => server.close());
  return { ...couriers, server };
}

/** Writes texts on a desk, one after the other. */
export async function write(
  { engine }: Couriers,
  desk: string,
  ...texts: readonly string[]
): Promise<void> {
  for (const text of texts) await send(engine, 'Write', { desk, text });
}
