import type { Fence, Lease, Subscriber } from '../../engine/work-store.ts';
import type { Decision, Reader, Write } from './backing.ts';
import { readHead, readTrimmed } from './feed.ts';
import { keys } from './keys.ts';
import { readWork, writeWork } from './partition-work.ts';

/** Replaces a lease whose fence is as expected. */
export function decideSwapLease(
  reader: Reader,
  partition: number,
  expected: Fence | null,
  next: Lease,
): Decision<boolean> {
  const work = readWork(reader, partition);
  const current = work.lease;
  if (current?.fence === next.fence && current.node === next.node) {
    return { reply: true, writes: [] };
  }
  if ((current?.fence ?? null) !== expected) return { reply: false, writes: [] };
  const lastStep = current?.fence === next.fence ? work.lastStep : null;
  const after = { ...work, lease: next, lastStep };
  return { reply: true, writes: [[keys.work(partition), writeWork(after)]] };
}

/** Gives every subscriber without a checkpoint one, on every partition. */
export function decideSubscribe(
  reader: Reader,
  subscribers: readonly Subscriber[],
  partitions: number,
): Decision<undefined> {
  const writes: Write[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const work = readWork(reader, partition);
    const checkpoints = new Map(work.checkpoints);
    for (const { name, from } of subscribers) {
      if (checkpoints.has(name)) continue;
      const read = from === 'head' ? readHead : readTrimmed;
      checkpoints.set(name, read(reader, partition));
    }
    if (checkpoints.size === work.checkpoints.size) continue;
    writes.push([keys.work(partition), writeWork({ ...work, checkpoints })]);
  }
  return { reply: undefined, writes };
}

/** Takes a subscriber's checkpoints away, on every partition. */
export function decideUnsubscribe(
  reader: Reader,
  subscriber: string,
  partitions: number,
): Decision<undefined> {
  const writes: Write[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const work = readWork(reader, partition);
    const checkpoints = new Map(work.checkpoints);
    if (!checkpoints.delete(subscriber)) continue;
    writes.push([keys.work(partition), writeWork({ ...work, checkpoints })]);
  }
  return { reply: undefined, writes };
}
