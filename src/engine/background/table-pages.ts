import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { Store } from '../store.ts';
import type { WorkRow } from '../work-store.ts';
import { type TableKind, table } from './rows.ts';

/** A row, and where it lies. */
export interface PlacedRow {
  readonly policy: string;
  readonly partition: number;
  readonly row: WorkRow;
}

const place = z.tuple([z.string(), z.int().min(0), z.int(), z.string()]);

/**
 * A page of a table of several policies over all partitions: policy by policy, partition by
 * partition, each in its order.
 * @throws BadCursorError, StoreUnavailable
 */
export async function pageAcross(
  store: Store,
  kind: TableKind,
  policies: readonly string[],
  { limit, cursor }: { limit: number; cursor: string | null },
): Promise<{ readonly items: readonly PlacedRow[]; readonly next: string | null }> {
  const scope = `${kind}-rows`;
  const from = cursor === null ? null : decodeCursor(cursor, scope, place);
  const items: PlacedRow[] = [];
  const [fromPolicy, fromPartition, order, key] = from ?? [policies[0] ?? '', 0, -1, ''];
  let after: { order: number; key: string } | null = from ? { order, key } : null;
  const first = Math.max(0, policies.indexOf(fromPolicy));
  for (const policy of policies.slice(first)) {
    const begin = policy === fromPolicy ? fromPartition : 0;
    for (let partition = begin; partition < store.partitions; partition++) {
      const page = { after, until: null, limit: limit + 1 - items.length };
      const rows = await store.scan(partition, table(kind, policy), page);
      items.push(...rows.map((row) => ({ policy, partition, row })));
      after = null;
      if (items.length > limit)
        return { items: items.slice(0, limit), next: cursorOf(items, limit, scope) };
    }
  }
  return { items, next: null };
}

function cursorOf(items: readonly PlacedRow[], limit: number, scope: string): string | null {
  const last = items[limit - 1];
  return last
    ? encodeCursor(scope, [last.policy, last.partition, last.row.order, last.row.key])
    : null;
}
