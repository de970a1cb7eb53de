/** The stores that lie on a package of their own: loaded when one is opened, not before. */
import type { Store } from '../engine/store.ts';
import type { EmbeddedStoreOptions } from './embedded/index.ts';
import type { RedisStoreOptions } from './redis/index.ts';

export type { EmbeddedStoreOptions, RedisStoreOptions };

/**
 * Opens the store on a Redis server or cluster; makes it where there is none.
 * @throws StoreRefused when the server or the store on it cannot be used as it is
 * @throws StoreUnavailable when no server answers within some seconds
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const redis = await import('./redis/index.ts');
  return redis.openRedisStore(options);
}

/**
 * Opens the store that keeps its content in a directory, for this process alone.
 * @throws StoreRefused when another process has it open, or what is there cannot be used
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const embedded = await import('./embedded/index.ts');
  return embedded.openEmbeddedStore(options);
}
