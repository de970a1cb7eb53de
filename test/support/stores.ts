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

/** Room for the data of a store. */
export interface StoreRoom {
  /** For one node. Where one process alone may open the store, its nodes share it. */
  open(): Promise<Store>;
  /** Closes what was opened; the data are gone then. */
  close(): Promise<void>;
}

const ROOMS = {
  memory: async (partitions) => sharedRoom(createMemoryStore({ partitions })),
  async embedded(partitions) {
    const dir = await mkdtemp(join(tmpdir(), 'everstate-'));
    const store = await openEmbeddedStore({ dir, partitions });
    return sharedRoom(store, () => rm(dir, { recursive: true }));
  },
  redis: async (partitions) => redisRoom(await startRedis(), partitions),
  cluster: async (partitions) => redisRoom(await startRedisCluster(), partitions),
} as const satisfies Record<string, (partitions: number) => Promise<StoreRoom>>;

/** Those that are there to be opened; a cluster takes a second or two. */
export type StoreKind = keyof typeof ROOMS;

/** Room for a store that is empty. */
export function makeRoom(kind: StoreKind, partitions: number): Promise<StoreRoom> {
  return ROOMS[kind](partitions);
}

/** An empty store of a test's own: it is gone when the test is over. */
export async function openStore(kind: StoreKind, partitions: number): Promise<Store> {
  const room = await makeRoom(kind, partitions);
  onTestFinished(() => room.close());
  return room.open();
}

/** An empty directory of a test's own: it is gone when the test is over. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'everstate-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

function sharedRoom(store: Store, remove: () => Promise<void> = async () => {}): StoreRoom {
  return {
    open: async () => store,
    async close() {
      await store.close();
      await remove();
    },
  };
}

function redisRoom(
  { url, stop }: { readonly url: string; stop(): Promise<void> },
  partitions: number,
): StoreRoom {
  const opened: Store[] = [];
  return {
    async open() {
      const store = await openRedisStore({ url, partitions });
      opened.push(store);
      return store;
    },
    async close() {
      await Promise.all(opened.map((store) => store.close()));
      await stop();
    },
  };
}
