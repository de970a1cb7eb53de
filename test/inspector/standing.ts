/** The graph of examples, and in it a policy that waits: what every screen is tried with. */
import { vi } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { mustAccept } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { type Inspector, startInspector } from './browser.ts';
import { exampleOf, fillGraph } from './graph.ts';

export interface Standing {
  readonly inspector: Inspector;
  /** An address of a screen, by its pattern. */
  exampleOf(pattern: string): string;
  close(): Promise<void>;
}

/** Starts a server whose store takes no removals once the graph is there: a block waits for them. */
export async function startStanding(): Promise<Standing> {
  let isAway = false;
  const store = faultyStore(createMemoryStore(), (method, [first]) =>
    isAway && method === 'commit' && JSON.stringify(first).includes('RemoveFollower')
      ? 'refused'
      : 'answered',
  );
  const runtime = createSystemRuntime();
  const engine = createEngine({ app, store, runtime, log: createTestLog(), strict: true });
  const inspector = await startInspector({ engine });
  const trace = await fillGraph(inspector.server);
  await mustAccept(engine, 'FollowAccount', { followerId: 'fay', followeeId: 'gus' });
  isAway = true;
  await mustAccept(engine, 'BlockAccount', { blockerId: 'fay', blockedId: 'gus' });
  const look = async () => (await engine.instances('blocking', { limit: 1, cursor: null }))?.items;
  const { id } = await vi.waitUntil(async () => (await look())?.at(0), { timeout: 60_000 });
  return {
    inspector,
    exampleOf: (pattern) => exampleOf(pattern, trace, id),
    async close() {
      isAway = false;
      await inspector.close();
    },
  };
}
