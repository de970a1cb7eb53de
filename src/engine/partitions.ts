/** What is read of a whole store. */
import type { Store } from './store.ts';
import type { Survey } from './work-store.ts';

/** The numbers of a store's partitions. */
export function partitionsOf({ partitions }: Pick<Store, 'partitions'>): readonly number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}

/** Looks at all partitions together: by its number, each. @throws StoreUnavailable */
export function surveyAll(
  store: Pick<Store, 'partitions' | 'survey'>,
  tables: readonly string[],
): Promise<readonly Survey[]> {
  return Promise.all(partitionsOf(store).map((partition) => store.survey(partition, tables)));
}

/**
 * All owners of a type, page by page; a page may be empty, and one is named twice at times.
 * @throws StoreUnavailable
 */
export async function* ownersOf(
  store: Pick<Store, 'owners'>,
  type: string,
  limit: number,
): AsyncGenerator<readonly string[]> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['owners']>> = await store.owners(type, cursor, limit);
    yield page.ids;
    cursor = page.next;
  } while (cursor !== null);
}
