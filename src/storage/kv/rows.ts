import type { RowOrder, RowWrite, Survey, WorkRow } from '../../engine/work-store.ts';
import type { Lookup, Reader } from './backing.ts';
import type { Draft } from './draft.ts';
import { keys, ranges } from './keys.ts';

/** A row as it is stored: its order, if it has one, a space, and the body. */
interface StoredRow {
  readonly order: number | null;
  readonly body: string;
}

function parseRow(stored: string): StoredRow {
  const space = stored.indexOf(' ');
  const order = space === 0 ? null : Number(stored.slice(0, space));
  return { order, body: stored.slice(space + 1) };
}

interface Counts {
  readonly rows: number;
  readonly ordered: number;
}

function readCounts(reader: Lookup, table: string): Counts {
  const stored = reader.get(keys.tableCounts(table));
  if (stored === null) return { rows: 0, ordered: 0 };
  const [rows = 0, ordered = 0] = stored.split(' ').map(Number);
  return { rows, ordered };
}

export function readBody(
  reader: Lookup,
  partition: number,
  table: string,
  key: string,
): string | null {
  const stored = reader.get(keys.row(keys.table(partition, table), key));
  return stored === null ? null : parseRow(stored).body;
}

export function readOrder(
  reader: Lookup,
  partition: number,
  table: string,
  key: string,
): number | null {
  const stored = reader.get(keys.row(keys.table(partition, table), key));
  return stored === null ? null : parseRow(stored).order;
}

/** Ordered rows of a table, in their order. */
export function readOrdered(
  reader: Reader,
  partition: number,
  table: string,
  page: {
    readonly after: { readonly order: number; readonly key: string } | null;
    readonly until: number | null;
    readonly limit: number;
    readonly isReverse?: boolean;
  },
): WorkRow[] {
  const { after, until, limit, isReverse: reverse = false } = page;
  const place = keys.table(partition, table);
  const range = reverse
    ? ranges.orderedRowsBack(place, after, until)
    : ranges.orderedRows(place, after, until);
  const rows: WorkRow[] = [];
  for (const [, key] of reader.range({ ...range, reverse, limit })) {
    const stored = reader.get(keys.row(place, key));
    if (stored === null) continue;
    const { order, body } = parseRow(stored);
    if (order !== null) rows.push({ key, order, body });
  }
  return rows;
}

/** The first of a table's ordered rows. */
export function readFirst(reader: Reader, partition: number, table: string): WorkRow | null {
  const [first] = readOrdered(reader, partition, table, { after: null, until: null, limit: 1 });
  return first ?? null;
}

export function surveyTable(
  reader: Reader,
  partition: number,
  table: string,
): Survey['tables'][number] {
  const { rows, ordered } = readCounts(reader, keys.table(partition, table));
  return { rows, ordered, first: readFirst(reader, partition, table) };
}

/**
 * Adds, replaces and removes rows, in both orders, and keeps their number.
 * @param count the last order given as the `next`; the return value is that after these rows
 */
export function writeRows(
  draft: Draft,
  partition: number,
  writes: readonly RowWrite[],
  count: number,
  now: number,
): number {
  let last = count;
  for (const { table, key, body, order } of writes) {
    const place = keys.table(partition, table);
    const stored = draft.get(keys.row(place, key));
    const old = stored === null ? null : parseRow(stored);
    if (body === null) {
      writeRow(draft, place, key, old, null);
      continue;
    }
    const at = order === null ? null : placeOf(order, old?.order ?? null, last, now);
    if (order?.kind === 'next') last = Math.max(last, at ?? last);
    writeRow(draft, place, key, old, { order: at, body });
  }
  return last;
}

function placeOf(order: RowOrder, old: number | null, last: number, now: number): number {
  if (order.kind === 'at') return order.at;
  if (order.kind === 'in') return Math.ceil(now + order.ms);
  return old ?? last + 1;
}

function writeRow(
  draft: Draft,
  table: string,
  key: string,
  old: StoredRow | null,
  next: StoredRow | null,
): void {
  const [before, after] = [old?.order ?? null, next?.order ?? null];
  if (before !== after) {
    if (before !== null) draft.put(keys.orderedRow(table, before, key), null);
    if (after !== null) draft.put(keys.orderedRow(table, after, key), key);
  }
  if (old !== null || next !== null) {
    draft.put(keys.row(table, key), next === null ? null : `${next.order ?? ''} ${next.body}`);
  }
  const added = (next === null ? 0 : 1) - (old === null ? 0 : 1);
  const orderedAdded = (after === null ? 0 : 1) - (before === null ? 0 : 1);
  if (added === 0 && orderedAdded === 0) return;
  const { rows, ordered } = readCounts(draft, table);
  draft.put(keys.tableCounts(table), `${rows + added} ${ordered + orderedAdded}`);
}
