import { expect } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import type {
  Fence,
  RowOrder,
  RowWrite,
  StepReply,
  TransferItem,
  Woken,
  WorkRow,
  WorkStep,
} from '../../../../src/engine/work-store.ts';
import { unique } from '../draft.ts';

/** How long what is to come, a wake-up or an expiry, may take. */
export const PATIENCE = { timeout: 5_000, interval: 10 };

/** A lease as its node holds it. */
export interface Held {
  readonly partition: number;
  readonly node: string;
  readonly fence: Fence;
}

/** A fence that was never used. */
export function newFence(): Fence {
  return unique('fence') as Fence;
}

/** Takes a partition's lease, whoever has it. */
export async function hold(store: Store, partition: number): Promise<Held> {
  const current = (await store.leases())[partition] ?? null;
  const lease = { node: unique('node'), fence: newFence() };
  expect(await store.swapLease(partition, current?.fence ?? null, lease)).toBe(true);
  return { partition, ...lease };
}

/** Gives a lease back, under a fence of nobody's. */
export async function giveBack(store: Store, { partition, fence }: Held): Promise<void> {
  const free = { node: null, fence: newFence() };
  expect(await store.swapLease(partition, fence, free)).toBe(true);
}

/** A new step of nothing but what is named. */
export function stepOf(held: Held, writes: Partial<WorkStep> = {}): WorkStep {
  const { partition, fence } = held;
  return { partition, fence, stepId: unique('step'), checkpoints: [], rows: [], ...writes };
}

/** Makes a step that is to succeed. */
export async function work(store: Store, held: Held, writes: Partial<WorkStep>): Promise<void> {
  expect(await store.step(stepOf(held, writes))).toEqual({ kind: 'done' } satisfies StepReply);
}

export const NEXT: RowOrder = { kind: 'next' };

export function at(order: number): RowOrder {
  return { kind: 'at', at: order };
}

export function row(
  table: string,
  key: string,
  body: string | null,
  order: RowOrder | null = null,
): RowWrite {
  return { table, key, body, order };
}

/** An item of a transfer that writes nothing but what is named. */
export function item(position: number, writes: Partial<TransferItem> = {}): TransferItem {
  return { position, rows: [], entries: [], ...writes };
}

/** The first rows of a table, in its order: a thousand, which is all in these tests. */
export function scanAll(
  store: Store,
  partition: number,
  table: string,
  until: number | 'now' | null = null,
): Promise<readonly WorkRow[]> {
  return store.scan(partition, table, { after: null, until, limit: 1_000 });
}

/** The keys of {@link scanAll}. */
export async function keysOf(
  store: Store,
  partition: number,
  table: string,
  until: number | 'now' | null = null,
): Promise<string[]> {
  return (await scanAll(store, partition, table, until)).map(({ key }) => key);
}

/** One row's body. */
export async function bodyOf(
  store: Store,
  partition: number,
  table: string,
  key: string,
): Promise<string | null | undefined> {
  const [body] = await store.rows(partition, table, [key]);
  return body;
}

/** Gathers wake-ups while it runs. */
export async function whileListening(
  store: Store,
  run: (heard: readonly Woken[]) => Promise<void>,
): Promise<void> {
  const heard: Woken[] = [];
  const end = store.onWake((woken) => heard.push(woken));
  try {
    await run(heard);
  } finally {
    end();
  }
}

/** Waits until a wake-up came. */
export async function expectHeard(heard: readonly Woken[], woken: Woken): Promise<void> {
  await expect.poll(() => heard, PATIENCE).toContain(woken);
}
