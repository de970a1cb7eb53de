/** What becomes of a dead letter at an operator's word. Pure. */
import type { RowWrite } from '../work-store.ts';
import type { WordArrival } from './arrival.ts';
import type { Instance } from './instance.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { type QueueRow, rowKey, splitRowKey } from './rows.ts';
import type { Outgoing } from './transition.ts';

/** What a word comes to. */
export interface Settled {
  readonly instance: Instance;
  readonly rows: readonly RowWrite[];
  /** A command to be delivered again. */
  readonly commands: readonly Outgoing[];
  /** The number in the queue that is to be tried at once; `null` for none. */
  readonly due: number | null;
}

/** A letter is taken up again, or given up: then what waited behind it goes on. */
export function settleLetter(
  policy: PolicyRuntime,
  instance: Instance,
  { word, key, letter }: WordArrival,
): Settled {
  const { dead, outbox } = policy.tables;
  const gone: RowWrite = { table: dead, key, body: null, order: null };
  const nothing = { instance, rows: [gone], commands: [], due: null };
  if (letter.kind === 'command') {
    if (word === 'discard') return nothing;
    const row = { ...letter.outbox, attempts: 0 };
    const body = JSON.stringify(row);
    const put: RowWrite = { table: outbox, key: letter.id, body, order: { kind: 'next' } };
    const commands = [{ commandId: letter.id, row }];
    return { instance, rows: [gone, put], commands, due: null };
  }
  const { first, next, parked } = instance.queue;
  const isFirst = parked && splitRowKey(key).name === String(first);
  if (word === 'discard') {
    if (!isFirst) return nothing;
    const isLast = first + 1 >= next;
    const queue = isLast
      ? { first: 0, next: 0, parked: false }
      : { first: first + 1, next, parked: false };
    return { ...nothing, instance: { ...instance, queue }, due: isLast ? null : first + 1 };
  }
  const number = isFirst ? first : next;
  const queue = { first, next: Math.max(next, number + 1), parked: parked && !isFirst };
  const put = queueWrite(policy, instance.id, number, {
    ...letter.queued,
    attempts: 0,
    revived: true,
  });
  return {
    instance: { ...instance, queue },
    rows: [gone, put],
    commands: [],
    due: number === first ? number : null,
  };
}

/** A message in its instance's queue. */
export function queueWrite(
  policy: PolicyRuntime,
  instance: string,
  number: number,
  row: QueueRow,
): RowWrite {
  const { queue: table } = policy.tables;
  return { table, key: rowKey(instance, number), body: JSON.stringify(row), order: null };
}

/** When the first message of an instance's queue is tried again. @param at since when it waits */
export function retryWrite(
  policy: PolicyRuntime,
  instance: string,
  number: number,
  at: string,
  ms: number,
): RowWrite {
  const { retry: table } = policy.tables;
  return { table, key: rowKey(instance, number), body: at, order: { kind: 'in', ms } };
}

/** A message as a dead letter. */
export function letterWrite(
  policy: PolicyRuntime,
  key: string,
  instance: string,
  queued: QueueRow,
  error: string,
): RowWrite {
  const body = JSON.stringify({ kind: 'message', instance, error, queued });
  return { table: policy.tables.dead, key, body, order: { kind: 'in', ms: 0 } };
}

/** A message that was not tried yet. @param at now, ISO 8601 */
export function fresh(message: QueueRow['message'], at: string): QueueRow {
  return { message, attempts: 0, history: [], at, revived: false };
}
