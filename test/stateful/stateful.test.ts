import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { GraphModel } from './graph-model.ts';
import { carryOut, plans } from './parallel.ts';
import { steps } from './steps.ts';
import { World } from './world.ts';

/** `SEED=… npx vitest run test/stateful` repeats a run, `RUNS=…` makes more of them. */
const SEED = Number(process.env.SEED ?? 20_250_610);
const RUNS = Number(process.env.RUNS ?? 30);

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 120_000 });

describe.each(['memory', 'embedded', 'redis'] as const)('on the %s store', (store) => {
  let server: ServerProcess;
  let redis: RedisServer | null = null;
  let dir: string;
  let runs = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'everstate-stateful-'));
    if (store === 'redis') redis = await startRedis();
    server = await ServerProcess.start({
      STORE: store,
      DATA_DIR: dir,
      ...(redis && { REDIS_URL: redis.url }),
    });
  });

  afterAll(async () => {
    await server.kill9();
    await redis?.stop();
    await rm(dir, { recursive: true });
  });

  const newWorld = async () => {
    runs += 1;
    return new World(await server.url, runs);
  };

  test(`steps one after another are answered as the model says (SEED=${SEED})`, async () => {
    const commands = fc.commands(steps, { maxCommands: 30, size: '+1' });
    await fc.assert(
      fc.asyncProperty(commands, async (drawn) => {
        const real = await newWorld();
        await fc.asyncModelRun(() => ({ model: new GraphModel(), real }), drawn);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect(server.log).toBe('');
  });

  test(`steps at once are answered as some order of them explains (SEED=${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        expect(await carryOut(plan, await newWorld())).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect(server.log).toBe('');
  });
});
