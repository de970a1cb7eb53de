/** Looks through what all policies have under way, as far as that is bounded. */

import type { Address } from '../../engine/address.ts';
import { contextsOf } from '../../engine/background/contexts.ts';
import {
  type InboxRow,
  type QueueRow,
  read,
  rowKey,
  splitRowKey,
  type TableKind,
  table,
} from '../../engine/background/rows.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { partitionsOf } from '../../engine/partitions.ts';
import type { Store } from '../../engine/store.ts';
import type { Survey, WorkRow } from '../../engine/work-store.ts';
import type { Masking } from '../mask.ts';
import type { UnderWay } from '../protocol.ts';
import { commandItem, effectItem, messageItem, shownItem, timerItem, timeText } from './rows.ts';
import { type TargetOf, targeting } from './target.ts';

/** Rows of one table in one partition that are looked through. */
const ROWS_MAX = 100;

const KINDS = ['outbox', 'inbox', 'retry', 'timer', 'effect', 'dead'] as const;
type Kind = Extract<TableKind, (typeof KINDS)[number]>;

/** Something under way, and what tells whose it is. */
export interface Found {
  readonly item: UnderWay;
  /** The event that began its instance; `null` where that is not told. */
  readonly incarnation: string | null;
  /** Of a message about an event: the actor that recorded it. */
  readonly about: Address | null;
  /** Data that its error may quote. */
  readonly quoted: readonly unknown[];
}

export interface Looked {
  /** The oldest first. */
  readonly items: readonly UnderWay[];
  /** Some table has more rows than were looked through. */
  readonly isCut: boolean;
  /** Of every partition. */
  readonly surveys: readonly Survey[];
}

/**
 * Of those tables that have rows, the first of each, in every partition.
 * @param text what the rows of all that is wanted have in them: others are not parsed
 * @throws StoreUnavailable
 */
export async function lookThrough(
  inside: Pick<EngineInside, 'store' | 'policies' | 'aggregates' | 'submitter'>,
  masking: Masking,
  isWanted: (found: Found) => boolean,
  text = '',
): Promise<Looked> {
  const { store, policies } = inside;
  const targetOf = targeting(inside, 'policy');
  const wanted = [...policies.keys()].flatMap((policy) => KINDS.map((kind) => ({ policy, kind })));
  const tables = wanted.map(({ policy, kind }) => table(kind, policy));
  const partitions = partitionsOf(store).map(async (partition) => {
    const survey = await store.survey(partition, tables);
    const count = (place: number) => survey.tables[place]?.ordered ?? 0;
    const pages = wanted.map(async ({ policy, kind }, place) => {
      if (count(place) === 0) return [];
      const page = { after: null, until: null, limit: ROWS_MAX };
      const rows = await store.scan(partition, table(kind, policy), page);
      const found = await readers[kind]({ store, partition, policy, targetOf, text }, rows);
      const mine = found.filter(isWanted);
      const items = await withNextTries(
        store,
        partition,
        policy,
        mine.map(({ item }) => item),
      );
      const failed = items.filter(({ error }) => error !== null).map(({ instance }) => instance);
      const contexts = await contextsOf(store, partition, policy, failed);
      return items.map((item, at) =>
        shownItem(masking, item, mine[at]?.quoted, contexts.get(item.instance)),
      );
    });
    const items = (await Promise.all(pages)).flat();
    return { items, survey, isCut: wanted.some((_, place) => count(place) > ROWS_MAX) };
  });
  const all = await Promise.all(partitions);
  return {
    items: all.flatMap(({ items }) => items).sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    isCut: all.some(({ isCut }) => isCut),
    surveys: all.map(({ survey }) => survey),
  };
}

/** Commands and effects that failed, with when they are tried again. @throws StoreUnavailable */
export async function withNextTries<Item extends UnderWay>(
  store: Pick<Store, 'orders'>,
  partition: number,
  policy: string,
  items: readonly Item[],
): Promise<readonly Item[]> {
  const retried = items.filter(
    ({ what, stage }) => stage === 'retrying' && (what === 'command' || what === 'effect'),
  );
  if (retried.length === 0) return items;
  const keys = retried.map(({ what, instance, id }) =>
    what === 'effect' ? rowKey(instance, id) : id,
  );
  const orders = await store.orders(partition, table('again', policy), keys);
  const due = new Map(retried.map((item, index) => [item, orders[index] ?? null]));
  return items.map((item) =>
    due.has(item) ? { ...item, dueAt: timeText(due.get(item) ?? null) } : item,
  );
}

interface ReadTools {
  readonly store: Store;
  readonly partition: number;
  readonly policy: string;
  readonly targetOf: TargetOf;
  readonly text: string;
}

type ReadRows = (tools: ReadTools, rows: readonly WorkRow[]) => Promise<readonly Found[]>;

const readers: Readonly<Record<Kind, ReadRows>> = {
  async outbox({ policy, targetOf, text }, rows) {
    return having(text, rows).map(({ key, body }) => {
      const row = read.outbox(body);
      const item = commandItem(policy, key, row, targetOf);
      const quoted = [row.data, row.history];
      return { item, incarnation: row.incarnation, about: null, quoted };
    });
  },
  async inbox({ policy, text }, rows) {
    return having(text, rows).flatMap(({ key, body }) => {
      const row = read.inbox(body);
      // A word of an operator is about a letter, which is found beside it.
      if (row.kind !== 'event' && row.kind !== 'letter') return [];
      const queued = queuedOf(row);
      const { instance } = row.kind === 'event' ? row : row.letter;
      const item = messageItem(policy, instance, key, queued, 'waiting');
      return [foundMessage(item, queued)];
    });
  },
  async retry({ store, partition, policy, text }, rows) {
    const keys = rows.map(({ key }) => key);
    const bodies = await store.rows(partition, table('queue', policy), keys);
    return rows.flatMap(({ key, order }, index) => {
      const body = bodies[index] ?? null;
      if (body === null || !body.includes(text)) return [];
      const row = read.queue(body);
      const { instance, name } = splitRowKey(key);
      const item = messageItem(policy, instance, name, row, 'retrying');
      return [foundMessage({ ...item, dueAt: timeText(order) }, row)];
    });
  },
  async timer({ policy, text }, rows) {
    return having(text, rows).map(({ order, body }) => {
      const row = read.timer(body);
      const item = timerItem(policy, row, order);
      return { item, incarnation: row.incarnation, about: null, quoted: [row.event] };
    });
  },
  async effect({ policy, text }, rows) {
    return having(text, rows).map(({ body }) => {
      const row = read.effect(body);
      const quoted = [row.input, row.history];
      return { item: effectItem(policy, row), incarnation: row.incarnation, about: null, quoted };
    });
  },
  async dead({ policy, targetOf, text }, rows) {
    return having(text, rows).map(({ key, body }) => {
      const letter = read.dead(body);
      if (letter.kind === 'command') {
        const { id, outbox, error } = letter;
        const item = commandItem(policy, id, outbox, targetOf, error);
        const quoted = [outbox.data, outbox.history];
        return { item, incarnation: outbox.incarnation, about: null, quoted };
      }
      const { instance, queued, error } = letter;
      const { name } = splitRowKey(key);
      return foundMessage(messageItem(policy, instance, name, queued, 'dead', error), queued);
    });
  },
};

function having(text: string, rows: readonly WorkRow[]): readonly WorkRow[] {
  return text === '' ? rows : rows.filter(({ body }) => body.includes(text));
}

/** What came from elsewhere, as if it stood in a queue already. */
export function queuedOf(row: Extract<InboxRow, { kind: 'event' | 'letter' }>): QueueRow {
  if (row.kind === 'letter') return row.letter.queued;
  return { message: row.message, at: row.at, attempts: 0, history: [], revived: false };
}

function foundMessage(item: UnderWay, { message, history }: QueueRow): Found {
  const about = message.kind === 'event' ? message.event.actor : null;
  return { item, incarnation: null, about, quoted: [message, history] };
}
