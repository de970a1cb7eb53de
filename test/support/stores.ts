/** Stores for what has to hold on each kind of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Store } from '../../src/engine/store.ts';
import { openEmbeddedStore } from '../../src/storage/embedded/index.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { startRedis } from './redis.ts';
import { startRedisCluster } from './redis-cluster.ts';

type Open = (partitions: number) => Promise<Store>;

const OPEN = {
  memory: async (partitions) => createMemoryStore({ partitions }),
  embedded: async (partitions) => openEmbeddedStore({ dir: await temporaryDir(), partitions }),
  redis: (partitions) => openOn(startRedis(), partitions),
  cluster: (partitions) => openOn(startRedisCluster(), partitions),
} as const satisfies Record<string, Open>;

/** Those that are there to be opened; a cluster takes a second or two. */
export type StoreKind = keyof typeof OPEN;

/** An empty store of a test's own: it is gone when the test is over. */
export async function openStore(kind: StoreKind, partitions: number): Promise<Store> {
  const store = await OPEN[kind](partitions);
  onTestFinished(() => store.close());
  return store;
}

/** An empty directory of a test's own: it is gone when the test is over. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'everstate-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

async function openOn(
  starting: Promise<{ readonly url: string; stop(): Promise<void> }>,
  partitions: number,
): Promise<Store> {
  const { url, stop } = await starting;
  onTestFinished(stop);
  return openRedisStore({ url, partitions });
}
