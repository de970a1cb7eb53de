/** Dead letters as an operator sees them, from any node. */
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { DeadLetter, DeadLetterAnswer, DeadLetterPage } from '../engine.ts';
import type { Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import type { WorkRow } from '../work-store.ts';
import { readInstance } from './instance.ts';
import type { BackgroundLimits } from './limits.ts';
import { type DeadRow, read, table } from './rows.ts';
import { pageAcross } from './table-pages.ts';

interface LetterTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly limits: BackgroundLimits;
  readonly policies: readonly string[];
}

const SCOPE = 'dead-letter';
const place = z.tuple([z.string(), z.int().min(0), z.string()]);

/** Between two looks whether a word was taken, in milliseconds. */
const LOOK_MS = 20;

/** A page, policy by policy, partition by partition, oldest first. @throws BadCursorError */
export async function listLetters(
  { store, policies }: LetterTools,
  page: { limit: number; cursor: string | null },
): Promise<DeadLetterPage> {
  const { items, next } = await pageAcross(store, 'dead', policies, page);
  const letters = items.map(({ policy, partition, row }) =>
    letterOf(store, policy, partition, row),
  );
  return { items: await Promise.all(letters), next };
}

async function letterOf(
  store: Store,
  policy: string,
  partition: number,
  row: WorkRow,
): Promise<DeadLetter> {
  const letter = read.dead(row.body);
  const shown = shownOf(letter);
  return {
    id: encodeCursor(SCOPE, [policy, partition, row.key]),
    policy,
    ...shown,
    error: letter.error,
    parkedAt: new Date(row.order).toISOString(),
    waiting: await waitingBehind(store, policy, partition, shown.instance, row.key),
  };
}

function shownOf(letter: DeadRow) {
  if (letter.kind === 'command') {
    const { instance, command, data, ref, cause, attempts, history } = letter.outbox;
    const message = { commandId: letter.id, command, data, ref, cause };
    return { instance, kind: letter.kind, type: command, message, attempts, history };
  }
  const { message, attempts, history } = letter.queued;
  return {
    instance: letter.instance,
    kind: message.kind,
    type: typeOf(message),
    message,
    attempts,
    history,
  };
}

function typeOf(message: Extract<DeadRow, { kind: 'message' }>['queued']['message']): string {
  switch (message.kind) {
    case 'event':
      return message.recorded.type;
    case 'outcome':
      return message.type;
    default:
      return message.id;
  }
}

async function waitingBehind(
  store: Store,
  policy: string,
  partition: number,
  id: string,
  key: string,
): Promise<number> {
  if (id === '') return 0;
  const [body] = await store.rows(partition, table('instance', policy), [id]);
  const { first, next, parked } = readInstance(id, body ?? null).queue;
  return parked && key.endsWith(`\n${first}`) ? next - first - 1 : 0;
}

/**
 * Says a word about a letter to the node that runs its partition, and waits a little for it to be
 * taken. Said twice, it counts once.
 */
export async function sayWord(
  { store, runtime, limits, policies }: LetterTools,
  word: 'retry' | 'discard',
  id: string,
): Promise<DeadLetterAnswer> {
  const found = placeOf(id);
  if (!found) return 'unknown';
  const [policy, partition, key] = found;
  if (!policies.includes(policy) || partition >= store.partitions) return 'unknown';
  const [dead, inbox] = [table('dead', policy), table('inbox', policy)];
  const [body] = await store.rows(partition, dead, [key]);
  if (body === undefined || body === null) return 'unknown';
  const at = new Date(runtime.now()).toISOString();
  await store.post({
    partition,
    expected: [{ table: dead, key, body }],
    rows: [
      {
        table: inbox,
        key: `${word}:${key}`,
        body: JSON.stringify({ kind: word, key, at }),
        order: { kind: 'next' },
      },
    ],
  });
  const since = runtime.monotonic();
  for (;;) {
    const [waiting] = await store.rows(partition, inbox, [`${word}:${key}`]);
    if (waiting === undefined || waiting === null) return 'done';
    if (runtime.monotonic() - since >= limits.deadLetterWaitMs) return 'pending';
    await runtime.sleep(LOOK_MS);
  }
}

function placeOf(id: string): z.output<typeof place> | null {
  try {
    return decodeCursor(id, SCOPE, place);
  } catch {
    return null;
  }
}
