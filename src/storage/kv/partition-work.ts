import type { Fence, Lease } from '../../engine/work-store.ts';
import type { Lookup } from './backing.ts';
import { keys } from './keys.ts';

/** What stands under one key for the background work of one partition. */
export interface PartitionWork {
  readonly lease: Lease | null;
  /** The id of the last step under the lease's fence. */
  readonly lastStep: string | null;
  /** The last order that was given to a row as the `next`. */
  readonly count: number;
  /** Subscriber → checkpoint. */
  readonly checkpoints: ReadonlyMap<string, number>;
}

type StoredWork = readonly [
  lease: readonly [node: string | null, fence: Fence] | null,
  lastStep: string | null,
  count: number,
  checkpoints: readonly (readonly [subscriber: string, position: number])[],
];

const NONE: PartitionWork = { lease: null, lastStep: null, count: 0, checkpoints: new Map() };

export function readWork(reader: Lookup, partition: number): PartitionWork {
  const text = reader.get(keys.work(partition));
  if (text === null) return NONE;
  const [lease, lastStep, count, checkpoints]: StoredWork = JSON.parse(text);
  return {
    lease: lease === null ? null : { node: lease[0], fence: lease[1] },
    lastStep,
    count,
    checkpoints: new Map(checkpoints),
  };
}

export function writeWork({ lease, lastStep, count, checkpoints }: PartitionWork): string {
  const stored: StoredWork = [
    lease === null ? null : [lease.node, lease.fence],
    lastStep,
    count,
    [...checkpoints],
  ];
  return JSON.stringify(stored);
}

/** Whether `fence` is that of a node that holds the lease. */
export function isHeld({ lease }: PartitionWork, fence: Fence): boolean {
  return lease !== null && lease.node !== null && lease.fence === fence;
}

/** The checkpoints as the port shows them. */
export function checkpointsOf({ checkpoints }: PartitionWork): Readonly<Record<string, number>> {
  return Object.fromEntries(checkpoints);
}
