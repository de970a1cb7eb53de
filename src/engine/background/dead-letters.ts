/** Dead letters as an operator sees them, from any node. */
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { DeadLetter, DeadLetterAnswer, DeadLetterPage, LetterFilter } from '../engine.ts';
import type { Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import type { RowWrite } from '../work-store.ts';
import { readInstance } from './instance.ts';
import type { BackgroundLimits } from './limits.ts';
import { type DeadRow, read, table } from './rows.ts';
import { type PlacedRow, pageAcross } from './table-pages.ts';

/** What looking at letters and speaking about them takes. */
export interface LetterTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly limits: BackgroundLimits;
  readonly policies: readonly string[];
}

/** What may become of a letter. */
export type LetterWord = 'retry' | 'discard';

/** Where a letter lies. */
export interface LetterPlace {
  readonly policy: string;
  readonly partition: number;
  readonly key: string;
}

const SCOPE = 'dead-letter';
const place = z.tuple([z.string(), z.int().min(0), z.string()]);

/** Between two looks whether a word was taken, in milliseconds. */
const LOOK_MS = 20;

/** Rows read for one page of those wanted: where few are, the page is short, or empty. */
const LOOKED_MAX = 2_000;

/**
 * A page of those that a filter lets through, policy by policy, partition by partition, oldest first.
 * @throws BadCursorError, StoreUnavailable
 */
export async function listLetters(
  tools: LetterTools,
  page: { limit: number; cursor: string | null; filter?: LetterFilter },
): Promise<DeadLetterPage> {
  const { filter = {}, limit } = page;
  const policies = policiesOf(tools, filter);
  const found: PlacedRow[] = [];
  let { cursor } = page;
  let looked = 0;
  do {
    // No more than could be wanted: the next page goes on after the last that was read.
    const rest = { limit: limit - found.length, cursor };
    const { items, next } = await pageAcross(tools.store, 'dead', policies, rest);
    found.push(...items.filter((placed) => isWanted(filter, placed)));
    looked += items.length;
    cursor = next;
  } while (cursor !== null && found.length < limit && looked < LOOKED_MAX);
  const letters = found.map((placed) => letterOf(tools.store, placed));
  return { items: await Promise.all(letters), next: cursor };
}

/** Those policies that a filter lets through. */
export function policiesOf(
  { policies }: Pick<LetterTools, 'policies'>,
  { policy }: LetterFilter,
): readonly string[] {
  return policy === undefined ? policies : policies.filter((name) => name === policy);
}

/** Whether a filter lets a letter of such a policy through. */
export function isWanted(filter: LetterFilter, { row }: PlacedRow): boolean {
  const { instance, error, through } = filter;
  if (through !== undefined && row.order > Date.parse(through)) return false;
  if (error === undefined && instance === undefined) return true;
  const letter = read.dead(row.body);
  const own = letter.kind === 'command' ? letter.outbox.instance : letter.instance;
  if (instance !== undefined && own !== instance) return false;
  return error === undefined || letter.error.toLowerCase().includes(error.toLowerCase());
}

/** A letter as an operator sees it. @throws StoreUnavailable */
export async function letterOf(
  store: Store,
  { policy, partition, row }: PlacedRow,
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
  tools: LetterTools,
  word: LetterWord,
  id: string,
): Promise<DeadLetterAnswer> {
  const at = placeOf(tools, id);
  const body = at && (await bodyAt(tools.store, at));
  if (!at || body === null) return 'unknown';
  await postWord(tools, word, at, body);
  const [isTaken] = await untilTaken(tools, word, [at]);
  return isTaken ? 'done' : 'pending';
}

/** Says a word, if the letter is as it was read. Does not wait. @throws StoreUnavailable */
export async function postWord(
  { store, runtime }: LetterTools,
  word: LetterWord,
  at: LetterPlace,
  body: string,
): Promise<void> {
  await store.post({
    partition: at.partition,
    expected: [{ table: table('dead', at.policy), key: at.key, body }],
    rows: [wordRow(word, at, runtime)],
  });
}

/** An operator's word, in the inbox of the partition that has the letter. */
export function wordRow(
  word: LetterWord,
  { policy, key }: LetterPlace,
  runtime: Pick<Runtime, 'now'>,
): RowWrite {
  const at = new Date(runtime.now()).toISOString();
  return {
    table: table('inbox', policy),
    key: wordKey(word, key),
    body: JSON.stringify({ kind: word, key, at }),
    order: { kind: 'next' },
  };
}

/** The key of a word's row: the same word about a letter has one. */
export function wordKey(word: LetterWord, key: string): string {
  return `${word}:${key}`;
}

/**
 * Waits a little until the words about these letters were taken.
 * @returns of each whether it was
 * @throws StoreUnavailable
 */
export async function untilTaken(
  { store, runtime, limits }: LetterTools,
  word: LetterWord,
  places: readonly LetterPlace[],
): Promise<readonly boolean[]> {
  const since = runtime.monotonic();
  const taken = places.map(() => false);
  const inboxes = new Map<string, (LetterPlace & { readonly index: number })[]>();
  for (const [index, each] of places.entries()) {
    const name = `${each.partition} ${each.policy}`;
    inboxes.set(name, [...(inboxes.get(name) ?? []), { ...each, index }]);
  }
  for (;;) {
    // However many wait, one read of each inbox.
    const looks = Array.from(inboxes.values(), async (said) => {
      const waiting = said.filter(({ index }) => !taken[index]);
      const [first] = waiting;
      if (!first) return;
      const keys = waiting.map(({ key }) => wordKey(word, key));
      const bodies = await store.rows(first.partition, table('inbox', first.policy), keys);
      for (const [place, { index }] of waiting.entries()) {
        taken[index] = (bodies[place] ?? null) === null;
      }
    });
    await Promise.all(looks);
    const isOver = runtime.monotonic() - since >= limits.deadLetterWaitMs;
    if (isOver || !taken.includes(false)) return taken;
    await runtime.sleep(LOOK_MS);
  }
}

/** Where the letter of an id lies, were it there; `null`: no list gave it out. */
export function placeOf(
  { store, policies }: Pick<LetterTools, 'store' | 'policies'>,
  id: string,
): LetterPlace | null {
  try {
    const [policy, partition, key] = decodeCursor(id, SCOPE, place);
    const isThere = policies.includes(policy) && partition < store.partitions;
    return isThere ? { policy, partition, key } : null;
  } catch {
    return null;
  }
}

/** A letter as it is stored; `null` where there is none. @throws StoreUnavailable */
export async function bodyAt(
  store: Store,
  { policy, partition, key }: LetterPlace,
): Promise<string | null> {
  const [body] = await store.rows(partition, table('dead', policy), [key]);
  return body ?? null;
}
