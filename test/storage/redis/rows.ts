import { actorKey, partitionOf } from '../../../src/engine/address.ts';
import type { Store } from '../../../src/engine/store.ts';
import type {
  CheckpointMove,
  Fence,
  RowOrder,
  RowWrite,
  StepReply,
  Woken,
} from '../../../src/engine/work-store.ts';
import { newActor, turn } from './turns.ts';

let drawn = 0;

/** Takes the lease of a partition that has none. */
export async function lease(store: Store, partition: number): Promise<Fence> {
  drawn += 1;
  const fence = `fence-${drawn}` as Fence;
  const taken = await store.swapLease(partition, null, { node: 'node', fence });
  if (!taken) throw new Error('the partition has a lease');
  return fence;
}

/** A step under a new id. */
export function step(
  store: Store,
  partition: number,
  fence: Fence,
  writes: { checkpoints?: readonly CheckpointMove[]; rows?: readonly RowWrite[] },
): Promise<StepReply> {
  drawn += 1;
  const stepId = `step-${drawn}`;
  return store.step({ partition, fence, stepId, checkpoints: [], rows: [], ...writes });
}

/** A row in table `t/p`. */
export function row(key: string, body: string | null, order: RowOrder | null = null): RowWrite {
  return { table: 't/p', key, body, order };
}

/** Appends a record to a partition's feed. */
export async function append(store: Store, partition: number): Promise<void> {
  for (;;) {
    const actor = newActor();
    if (partitionOf(actorKey(actor), store.partitions) !== partition) continue;
    await store.commit(turn(actor, null));
    return;
  }
}

/** What a store's listener was told, from its first subscription on. */
export async function listen(store: Store): Promise<Woken[]> {
  const woken: Woken[] = [];
  store.onWake((what) => woken.push(what));
  const deadline = Date.now() + 10_000;
  while (!woken.includes('all')) {
    if (Date.now() > deadline) throw new Error('the listener was never subscribed');
    await new Promise((resolve) => setImmediate(resolve));
  }
  return woken;
}
