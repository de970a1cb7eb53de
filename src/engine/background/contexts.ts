import type { Json } from '../../define/index.ts';
import type { WorkStore } from '../work-store.ts';
import { read, table } from './rows.ts';

/**
 * What instances of a policy know, by id, of those that run in a partition: their machines' contexts,
 * as they are stored.
 * @throws StoreUnavailable
 */
export async function contextsOf(
  store: Pick<WorkStore, 'rows'>,
  partition: number,
  policy: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Json>> {
  // It is empty where an event could not be correlated.
  const wanted = [...new Set(ids)].filter((id) => id !== '');
  if (wanted.length === 0) return new Map();
  const bodies = await store.rows(partition, table('instance', policy), wanted);
  const known = bodies.map((body) => (body === null ? null : read.instance(body).machine));
  return new Map(wanted.map((id, at) => [id, (known[at]?.context ?? null) as Json]));
}
