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

const place = z.tuple([z.string(), z.int().min(0), z.int().min(0), z.string()]);

/** One after another, they would take as many round trips to a busy store as it has partitions. */
const PARTITIONS_TOGETHER = 16;

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
  const first = Math.max(0, policies.indexOf(fromPolicy));
  for (const policy of policies.slice(first)) {
    const begin = policy === fromPolicy ? fromPartition : 0;
    const after = policy === fromPolicy && from ? { order, key } : null;
    for (let next = begin; next < store.partitions; next += PARTITIONS_TOGETHER) {
      const count = Math.min(PARTITIONS_TOGETHER, store.partitions - next);
      const rest = limit + 1 - items.length;
      const pages = Array.from({ length: count }, async (_, index) => {
        const partition = next + index;
        const page = { after: partition === begin ? after : null, until: null, limit: rest };
        const rows = await store.scan(partition, table(kind, policy), page);
        return rows.map((row) => ({ policy, partition, row }));
      });
      items.push(...(await Promise.all(pages)).flat());
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
