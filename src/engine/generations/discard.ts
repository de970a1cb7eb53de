import { type ProjectionDefinition, rankingOf } from '../../define/index.ts';
import type { BackgroundLimits } from '../background/limits.ts';
import { ownersOf, partitionsOf } from '../partitions.ts';
import type { Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import { type Generation, subscriberOf, typeOf } from './row.ts';

/** Owners whose entries are removed at once. */
const OWNERS_TOGETHER = 16;

/**
 * Removes a read model that nobody reads or writes any more, piece by piece, and whom the feed was
 * kept for on its behalf. Begun anew it goes on with what is left.
 * @throws StoreUnavailable
 */
export async function discard(
  tools: {
    readonly store: Store;
    readonly runtime: Runtime;
    readonly limits: BackgroundLimits;
  },
  { name, model }: ProjectionDefinition,
  { number }: Generation,
  ending: AbortSignal,
): Promise<void> {
  const { store, runtime, limits } = tools;
  const subscriber = subscriberOf(name, number);
  await store.unsubscribe(subscriber);
  await closeCursors(store, subscriber);
  const type = typeOf(model.aggregate, number);
  const rank = rankingOf(model) === null ? null : type;
  const { discardPage: limit, discardPauseMs } = limits;
  for await (const ids of ownersOf(store, type, limit)) {
    for (let from = 0; from < ids.length; from += OWNERS_TOGETHER) {
      if (ending.aborted) return;
      const some = ids.slice(from, from + OWNERS_TOGETHER);
      await Promise.all(some.map((id) => clearAll(id)));
      await runtime.sleep(discardPauseMs, ending);
    }
    if (ending.aborted) return;
  }

  async function clearAll(id: string): Promise<void> {
    const collection = { actor: { type, id }, collection: model.name };
    while (!ending.aborted && (await store.clear(collection, { rank, limit }))) {
      await runtime.sleep(discardPauseMs, ending);
    }
  }
}

/**
 * Has every cursor of its transfers stand behind all that could come: one who lost the lease, and
 * stood still since, brings nothing any more. These cursors stay.
 */
async function closeCursors(store: Store, subscriber: string): Promise<void> {
  const partitions = partitionsOf(store);
  const end = [{ position: Number.MAX_SAFE_INTEGER, rows: [], entries: [] }];
  for (const source of partitions) {
    const cursor = `${subscriber}@${source}`;
    await Promise.all(
      partitions.map((partition) => store.transfer({ partition, cursor, items: end })),
    );
  }
}
