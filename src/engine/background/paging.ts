import type { WorkRow, WorkStore } from '../work-store.ts';

const PAGE_ROWS = 500;

/** All rows of a table that have an order, page by page. @throws StoreUnavailable */
export async function allRows(
  store: WorkStore,
  partition: number,
  table: string,
): Promise<WorkRow[]> {
  const rows: WorkRow[] = [];
  let after: { order: number; key: string } | null = null;
  for (;;) {
    const page: readonly WorkRow[] = await store.scan(partition, table, {
      after,
      until: null,
      limit: PAGE_ROWS,
    });
    rows.push(...page);
    const last = page.at(-1);
    if (!last || page.length < PAGE_ROWS) return rows;
    after = { order: last.order, key: last.key };
  }
}
