/**
 * Every path that covers the app's machines, against the built server on each store: each answer,
 * and every account's trail after the policies, is what the definitions say.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { httpSystem, runPath, type System } from '../../src/testing/index.ts';
import { startRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { ServerProcess } from '../support/server-process.ts';
import { allowed, coverage, paths } from './paths.ts';

/** By name: which kind of store the server is told, and the Redis that it needs. */
const stores = [
  ['embedded', 'embedded', null],
  ['memory', 'memory', null],
  ['redis', 'redis', () => startRedis()],
  ['redis cluster', 'redis', () => startRedisCluster()],
] as const;

describe.each(stores)('on the %s store', (_name, store, startOther) => {
  let dir: string;
  let redis: { readonly url: string; stop(): Promise<void> } | null = null;
  let server: ServerProcess;
  let system: System;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'everstate-paths-'));
    redis = startOther === null ? null : await startOther();
    const settings = { STORE: store, DATA_DIR: dir, ...(redis && { REDIS_URL: redis.url }) };
    server = await ServerProcess.start(settings);
    system = httpSystem(await server.url);
  });
  afterAll(async () => {
    await server.terminate();
    await redis?.stop();
    await rm(dir, { recursive: true });
  });

  test.each(paths.map((path, number) => [path.name, path, number] as const))(
    '%s',
    (_, path, number) => runPath(path, system, `x${number}`),
  );
});

test('the paths take every transition and find every guard closed', () => {
  console.log(coverage.table());
  coverage.mustBeComplete(allowed);
});
