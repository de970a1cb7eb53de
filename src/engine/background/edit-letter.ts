/** Dead letters whose data an operator changes before they are tried again. */
import type { z } from 'zod';
import { type Json, upcast } from '../../define/index.ts';
import type { AggregateRuntime } from '../aggregate-runtime.ts';
import type { EditAnswer, LetterData } from '../engine.ts';
import { contextsOf } from './contexts.ts';
import {
  bodyAt,
  type LetterPlace,
  type LetterTools,
  placeOf,
  untilTaken,
  wordKey,
  wordRow,
} from './dead-letters.ts';
import { withEdit } from './history.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { type DeadRow, read, table } from './rows.ts';

/** What editing takes: the schemas, too. */
export interface EditTools extends LetterTools {
  /** By command. */
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  /** By name. */
  readonly runtimes: ReadonlyMap<string, PolicyRuntime>;
}

/** The data of a letter, and what they must be; `null` where a letter has none to be edited. */
interface Content {
  readonly data: Json;
  readonly schema: z.ZodType;
  replaced(data: Json, at: string, by: string): DeadRow;
}

/**
 * The data of a letter as an edit would find them; `null` where there is no such letter.
 * @throws StoreUnavailable
 */
export async function letterData(tools: EditTools, id: string): Promise<LetterData | null> {
  const at = placeOf(tools, id);
  const body = at && (await bodyAt(tools.store, at));
  if (!at || body === null) return null;
  const letter = read.dead(body);
  const content = contentOf(tools, at.policy, letter);
  const { instance } = letter.kind === 'command' ? letter.outbox : letter;
  const contexts = await contextsOf(tools.store, at.partition, at.policy, [instance]);
  const context = contexts.get(instance) ?? null;
  return content
    ? { isEditable: true, data: content.data, context }
    : { isEditable: false, data: null, context };
}

/**
 * Has a letter tried again with other data. What they were before stands in its history, and in the
 * same step as the word to try it: so none is tried as it was.
 * @throws StoreUnavailable
 */
export async function editLetter(
  tools: EditTools,
  id: string,
  edit: { readonly data: Json; readonly by: string },
): Promise<EditAnswer> {
  const at = placeOf(tools, id);
  const body = at && (await bodyAt(tools.store, at));
  if (!at || body === null) return { status: 'unknown' };
  const content = contentOf(tools, at.policy, read.dead(body));
  if (!content) return { status: 'fixed' };
  const parsed = content.schema.safeParse(edit.data);
  if (!parsed.success) return { status: 'invalid', issues: parsed.error.issues };
  const now = new Date(tools.runtime.now()).toISOString();
  const edited = content.replaced(edit.data, now, edit.by);
  if (!(await postEdit(tools, at, body, edited))) return { status: 'settling' };
  const [isTaken] = await untilTaken(tools, 'retry', [at]);
  return { status: isTaken ? 'done' : 'pending' };
}

/** `false` where a word about it waits already, or it is another by now: that may be under way. */
function postEdit(
  { store, runtime }: EditTools,
  at: LetterPlace,
  body: string,
  edited: DeadRow,
): Promise<boolean> {
  const { policy, partition, key } = at;
  const [dead, inbox] = [table('dead', policy), table('inbox', policy)];
  return store.post({
    partition,
    expected: [
      { table: dead, key, body },
      { table: inbox, key: wordKey('retry', key), body: null },
      { table: inbox, key: wordKey('discard', key), body: null },
    ],
    rows: [
      { table: dead, key, body: JSON.stringify(edited), order: { kind: 'in', ms: 0 } },
      wordRow('retry', at, runtime),
    ],
  });
}

function contentOf(tools: EditTools, policy: string, letter: DeadRow): Content | null {
  return letter.kind === 'command'
    ? commandContent(tools, letter)
    : eventContent(tools.runtimes.get(policy), letter);
}

function commandContent(
  { aggregates }: EditTools,
  letter: Extract<DeadRow, { kind: 'command' }>,
): Content | null {
  const { command, data } = letter.outbox;
  const definition = aggregates.get(command)?.definition.commands[command];
  if (!definition) return null;
  return {
    data,
    schema: definition.schema,
    replaced: (next, at, by) => ({
      ...letter,
      outbox: { ...withEdit(letter.outbox, at, by, data), data: next },
    }),
  };
}

/** An event's data are edited as the current version has them. */
function eventContent(
  policy: PolicyRuntime | undefined,
  letter: Extract<DeadRow, { kind: 'message' }>,
): Content | null {
  const { message } = letter.queued;
  const definition = message.kind === 'event' && policy?.definition.on[message.recorded.type];
  if (message.kind !== 'event' || !definition) return null;
  const { recorded } = message;
  const { type, data } = recorded;
  const { version, schema } = definition;
  return {
    data: currentData(() => upcast(definition, recorded).data, data),
    schema,
    replaced: (next, at, by) => ({
      ...letter,
      queued: {
        ...withEdit(letter.queued, at, by, data),
        message: { ...message, recorded: { type, version, data: next } },
      },
    }),
  };
}

/** What cannot be brought to the current version is shown as it was recorded: that may be why it failed. */
function currentData(upcasted: () => Json, recorded: Json): Json {
  try {
    return upcasted();
  } catch {
    return recorded;
  }
}
