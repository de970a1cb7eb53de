import type { InstanceItem, InstancePage } from '../engine.ts';
import type { Store } from '../store.ts';
import { read } from './rows.ts';
import { pageAcross } from './table-pages.ts';

/** A page of a policy's instances, partition by partition. @throws BadCursorError */
export async function listInstances(
  store: Store,
  policy: string,
  page: { limit: number; cursor: string | null },
): Promise<InstancePage> {
  const { items, next } = await pageAcross(store, 'instance', [policy], page);
  return {
    items: items.map(({ partition, row }): InstanceItem => {
      const { machine, queue } = read.instance(row.body);
      const { value = null, context = null } = machine ?? {};
      return { id: row.key, partition, value, context, waiting: queue.next - queue.first };
    }),
    next,
  };
}
