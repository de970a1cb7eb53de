import type { Settings } from './config.ts';
import type { Store } from './engine/store.ts';
import { createMemoryStore } from './storage/memory/index.ts';
import { openEmbeddedStore, openRedisStore } from './storage/open.ts';

/**
 * Opens the store that the settings name.
 * @throws StoreRefused, StoreUnavailable
 */
export async function openStore(
  { store, partitions }: Pick<Settings, 'store' | 'partitions'>,
  onWarning: (message: string) => void,
): Promise<Store> {
  const made = partitions === null ? {} : { partitions };
  switch (store.kind) {
    case 'embedded':
      return openEmbeddedStore({ dir: store.dir, ...made, onWarning });
    case 'redis': {
      const { url, waitReplicas } = store;
      return openRedisStore({ url, ...made, waitReplicas, onWarning });
    }
    case 'memory':
      onWarning('the memory store keeps nothing: all state is lost when the process ends');
      return createMemoryStore(made);
  }
}
