/** Servers with a whole graph in their stores, made by the engine in a process of its own. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Populated } from '../inner/populate.ts';
import { nextMessage, startNode } from './children.ts';
import { RedisServer, temporaryDirectory } from './redis.ts';
import { type Place, type StoreName, startServerOn, type Target } from './targets.ts';

/** A server, and what its store took. */
export interface PopulatedTarget extends Populated {
  readonly target: Target;
  /** Bytes of Redis's memory, or of the file. */
  readonly bytes: number;
}

/** Fills a store with the graph of so many accounts, and starts a server with projections on it. */
export async function startPopulated(store: StoreName, accounts: number): Promise<PopulatedTarget> {
  const redis = store === 'redis' ? await RedisServer.start() : null;
  const place: Place = redis ?? temporaryDirectory();
  const where = typeof place === 'string' ? place : String(place.port);
  const filling = startNode(new URL('../inner/populate.js', import.meta.url), [
    store,
    where,
    String(accounts),
  ]);
  const ended = new Promise<void>((resolve) => filling.once('exit', () => resolve()));
  const populated = await nextMessage<Populated>(filling);
  await ended;
  const target = await startServerOn(place, 'projections');
  await target.begin();
  await target.settle();
  target.accounts = accounts;
  const bytes = redis ? await redis.usedBytes() : statSync(join(where, 'data.mdb')).size;
  return { ...populated, target, bytes };
}
