/** What the nodes that trim and the test that judges them have in common. */
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Store } from '../../../src/engine/store.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { historyApp } from '../../engine/history-world.ts';
import { createTestLog } from '../../support/runtime.ts';

export const DESKS = Array.from({ length: 12 }, (_, n) => `d${n}`);
export const KEPT = 20;
const PARTITIONS = 2;

/** @param place a URL of Redis, or a directory */
export function openStore(place: string): Promise<Store> {
  return place.startsWith('redis:')
    ? openRedisStore({ url: place, partitions: PARTITIONS })
    : openEmbeddedStore({ dir: place, partitions: PARTITIONS });
}

/** A node whose clock is hours behind the store's, so that to the store its records are old. */
export async function startEngine(store: Store): Promise<Engine> {
  const behindMs = 3 * 60 * 60 * 1_000;
  const engine = createEngine({
    app: historyApp(),
    store,
    runtime: { ...createSystemRuntime(), now: () => Date.now() - behindMs },
    log: createTestLog(),
    retention: { keepMs: null, keepRecords: KEPT },
    backgroundLimits: { trimMs: 15, trimPage: 24, trimPauseMs: 1 },
  });
  await engine.start();
  return engine;
}
