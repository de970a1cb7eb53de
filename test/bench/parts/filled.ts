/** Servers with many accounts in their stores, put there by the store's port. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BackgroundLimits } from '../../../src/engine/background/limits.ts';
import type { Filled } from '../inner/fill-actors.ts';
import type { Subscribed } from '../inner/subscribed.ts';
import { nextMessage, startNode } from './children.ts';
import { RedisServer, temporaryDirectory } from './redis.ts';
import { type Place, type StoreName, startServerOn, type Target } from './targets.ts';

/** What is in a store, and how the server on it is to be. */
export interface Filling {
  readonly store: StoreName;
  readonly accounts: number;
  /** Records of the account with a history; 0: there is none. */
  readonly steps: number;
  readonly subscribed: Subscribed;
  readonly limits?: Partial<BackgroundLimits>;
}

export interface FilledTarget extends Filled {
  readonly target: Target;
  /** Bytes of Redis's memory, or of the file, as they are now. */
  bytes(): Promise<number>;
}

/** Fills a store, and starts a server on it, whose background work is done with all of it. */
export async function startFilled(filling: Filling): Promise<FilledTarget> {
  const { store, accounts, steps, subscribed, limits } = filling;
  const redis = store === 'redis' ? await RedisServer.start() : null;
  const place: Place = redis ?? temporaryDirectory();
  const where = typeof place === 'string' ? place : String(place.port);
  const filler = startNode(
    new URL('../inner/fill-actors.js', import.meta.url),
    [store, where, accounts, steps].map(String),
  );
  const ended = new Promise<void>((resolve) => filler.once('exit', () => resolve()));
  const filled = await nextMessage<Filled>(filler);
  await ended;
  const target = await startServerOn(place, subscribed, limits);
  await target.begin();
  await target.settle();
  target.accounts = accounts;
  const bytes = async () => (redis ? redis.usedBytes() : statSync(join(where, 'data.mdb')).size);
  return { ...filled, target, bytes };
}
