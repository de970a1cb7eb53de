/**
 * Every path that covers the app's machines, against the built server on each store: each answer,
 * and every account's trail after the policies, is what the definitions say.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { httpSystem, runPath, type System } from '../../src/testing/index.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { allowed, coverage, paths } from './paths.ts';

const stores = ['embedded', 'memory', 'redis'] as const;

describe.each(stores)('on the %s store', (store) => {
  let dir: string;
  let redis: RedisServer | null = null;
  let server: ServerProcess;
  let system: System;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'everstate-paths-'));
    redis = store === 'redis' ? await startRedis() : null;
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
