import { afterAll, beforeAll } from 'vitest';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { storeContract } from './store-contract.ts';

/** One server; each store that is opened has a database of its own on it, empty. */
const DATABASES = 64;

let server: RedisServer;
let opened = 0;

beforeAll(async () => {
  server = await startRedis({ args: ['--databases', String(DATABASES)] });
});

afterAll(async () => {
  await server.stop();
});

storeContract('redis', async ({ partitions }) => {
  const database = opened++;
  const store = await openRedisStore({ url: `${server.url}/${database}`, partitions });
  return { store, close: () => store.close() };
});
