/** What lies in a store, read past the engine. */
import { z } from 'zod';
import type { CommitRecord } from '../../src/engine/record.ts';
import { parseRecord } from '../../src/engine/record.ts';
import type { CollectionRef, EntryRow, Store } from '../../src/engine/store.ts';

const FEED_PAGE = 1_000;
const ENTRIES_PAGE = 1_000;

/** Every record of a store, partition by partition, oldest first. */
async function* everyRecord(store: Store): AsyncGenerator<CommitRecord> {
  for (let partition = 0; partition < store.partitions; partition++) {
    for (let after = 0; ; ) {
      const page = await store.readFeed(partition, after, FEED_PAGE);
      for (const { body } of page) yield parseRecord(body);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.position;
    }
  }
}

const removal = z.object({
  relationshipId: z.string(),
  followeeId: z.string(),
  reason: z.string(),
});
export type Removal = z.infer<typeof removal>;

/** Every follow that a store says was removed, one for each time. */
export async function* everyRemoval(store: Store): AsyncGenerator<Removal> {
  for await (const { events } of everyRecord(store)) {
    for (const { type, data } of events) {
      if (type === 'FollowRemoved') yield removal.parse(data);
    }
  }
}

/** Every entry of a collection, newest first. */
export async function everyEntry(store: Store, collection: CollectionRef): Promise<EntryRow[]> {
  const entries: EntryRow[] = [];
  for (;;) {
    const last = entries.at(-1);
    const after = last === undefined ? null : { at: last.at, key: last.key };
    const page = await store.page(collection, { limit: ENTRIES_PAGE, after });
    if (page.length === 0) return entries;
    entries.push(...page);
  }
}

/** How many entries each of these collections has, in one round trip. */
export async function sizesOf(
  store: Store,
  sizes: readonly CollectionRef[],
): Promise<readonly number[]> {
  const reply = await store.fetch({ pointers: [], actor: null, views: [], entries: [], sizes });
  return reply.sizes;
}

/** Whom an account follows. */
export function followingOf(id: string): CollectionRef {
  return { actor: { type: 'account', id }, collection: 'following' };
}

/** Who follows an account, as the read model has it. */
export function followersOf(id: string): CollectionRef {
  return { actor: { type: '~followers', id }, collection: 'entries' };
}
