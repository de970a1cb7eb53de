/** How rows that wait in the store become arrivals. */
import { type Store, StoreUnavailable } from '../store.ts';
import type { RowWrite, WorkRow } from '../work-store.ts';
import type { Arrival, MessageArrival, WordArrival } from './arrival.ts';
import { isOfNewerCode } from './history.ts';
import { placeOf } from './intake.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { type DeadRow, read, rowKey, splitRowKey } from './rows.ts';
import type { BringOver } from './transferring.ts';

/** Timers that are due. */
export function timerArrivals(policy: PolicyRuntime, due: readonly WorkRow[]): MessageArrival[] {
  return due.map(({ key, order, body }) => {
    const { instance, ...timer } = read.timer(body);
    const at = new Date(order).toISOString();
    const consumes: RowWrite[] = [{ table: policy.tables.timer, key, body: null, order: null }];
    return { instance, message: { kind: 'timer', ...timer, at }, consumes };
  });
}

/** Messages at the head of their instances' queues that are to be tried again. */
export async function queuedArrivals(
  store: Store,
  policy: PolicyRuntime,
  partition: number,
  due: readonly WorkRow[],
): Promise<{ readonly arrivals: readonly MessageArrival[]; readonly rows: readonly RowWrite[] }> {
  const arrivals: MessageArrival[] = [];
  const rows: RowWrite[] = [];
  if (due.length === 0) return { arrivals, rows };
  const keys = due.map(({ key }) => key);
  const bodies = await store.rows(partition, policy.tables.queue, keys);
  for (const [index, key] of keys.entries()) {
    const body = bodies[index] ?? null;
    if (body === null) {
      rows.push({ table: policy.tables.retry, key, body: null, order: null });
      continue;
    }
    const { instance, name } = splitRowKey(key);
    const row = read.queue(body);
    const queued = { number: Number(name), row };
    arrivals.push({ instance, message: row.message, consumes: [], queued });
  }
  return { arrivals, rows };
}

interface WordTools {
  readonly store: Store;
  readonly transfer: BringOver;
  readonly partition: number;
  readonly now: () => string;
}

/** What came from elsewhere: events, and an operator's words. @throws StoreUnavailable */
export async function inboxArrivals(
  tools: WordTools,
  policy: PolicyRuntime,
  waiting: readonly WorkRow[],
): Promise<{ readonly arrivals: readonly Arrival[]; readonly rows: readonly RowWrite[] }> {
  const arrivals: Arrival[] = [];
  const rows: RowWrite[] = [];
  for (const { key, body } of waiting) {
    const row = read.inbox(body);
    const consumed: RowWrite = { table: policy.tables.inbox, key, body: null, order: null };
    if (row.kind === 'event') {
      arrivals.push({ instance: row.instance, message: row.message, consumes: [consumed] });
      continue;
    }
    if (row.kind === 'letter') {
      arrivals.push(revival(row.letter, [consumed]));
      continue;
    }
    try {
      const word = await wordArrivals(tools, policy, row.kind, row.key, consumed);
      arrivals.push(...word.arrivals);
      rows.push(...word.rows);
    } catch (error) {
      // Another partition is out of reach, perhaps for long, or it takes newer code to tell the
      // instance: the word waits for the next look.
      if (!(error instanceof StoreUnavailable || isOfNewerCode(error))) throw error;
    }
  }
  return { arrivals, rows };
}

async function wordArrivals(
  tools: WordTools,
  policy: PolicyRuntime,
  word: 'retry' | 'discard',
  key: string,
  consumed: RowWrite,
): Promise<{ readonly arrivals: readonly Arrival[]; readonly rows: readonly RowWrite[] }> {
  const { store, transfer, partition } = tools;
  const [body] = await store.rows(partition, policy.tables.dead, [key]);
  // Said twice, or settled meanwhile.
  if (body === undefined || body === null) return { arrivals: [], rows: [consumed] };
  const letter = read.dead(body);
  const instance = letter.kind === 'message' ? letter.instance : letter.outbox.instance;
  const common = { word, key, letter, consumes: [consumed] };
  const isUncorrelated = letter.kind === 'message' && instance === '';
  if (!isUncorrelated || word === 'discard') {
    return { arrivals: [{ instance, ...common }], rows: [] };
  }
  const { message } = letter.queued;
  if (message.kind !== 'event') return { arrivals: [], rows: [consumed] };
  const gone: RowWrite = { table: policy.tables.dead, key, body: null, order: null };
  const place = placeOf(policy, tools, message);
  switch (place.kind) {
    case 'nowhere':
      return { arrivals: [], rows: [consumed, gone] };
    case 'unknown':
      return { arrivals: [], rows: [consumed, place.letter] };
    case 'here': {
      const found = { ...letter, instance: place.instance };
      return { arrivals: [revival(found, [consumed])], rows: [] };
    }
    case 'elsewhere': {
      const found = { ...letter, instance: place.instance };
      const row: RowWrite = {
        table: policy.tables.inbox,
        key: `letter:${message.id}`,
        body: JSON.stringify({ kind: 'letter', letter: found, at: tools.now() }),
        order: { kind: 'next' },
      };
      // It crosses once in its life: brought there again, it would be taken again.
      const items = [{ position: message.place[1], rows: [row], entries: [] }];
      const cursor = `${policy.name}!${message.id}`;
      await transfer({ partition: place.partition, cursor, items });
      return { arrivals: [], rows: [consumed, gone] };
    }
  }
}

/** The retry of an event that could not be correlated: taken though later ones of it were. */
function revival(
  letter: Extract<DeadRow, { kind: 'message' }>,
  consumes: readonly RowWrite[],
): WordArrival {
  const { instance, queued } = letter;
  return { instance, word: 'retry', key: rowKey('', `!${queued.message.id}`), letter, consumes };
}
