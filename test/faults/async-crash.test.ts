import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { openEmbeddedStore } from '../../src/storage/embedded/index.ts';
import { SCRIPTS } from '../../src/storage/redis/scripts.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { command, mustAccept } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { createTestLog } from '../support/runtime.ts';
import { limitsOf, ServerProcess } from '../support/server-process.ts';
import { type Answer, Client } from './client.ts';
import { Ledger, replyOf, trailOf } from './ledger.ts';
import { block, register, registration } from './load.ts';

const ROUNDS = 3;
const AT_ONCE = 40;
/** More than what is taken up from one partition at a time. */
const LEFT = 250;
/** A node that starts takes up all that it finds, not some of it now and then: that would take hours. */
const RARELY = limitsOf({ engine: { asyncSweepMs: 60 * 60 * 1_000 } });

let redis: RedisServer;
let proxy: FaultProxy;
let client: Client;
let dir: string;
let server: ServerProcess | null;

beforeEach(async () => {
  redis = await startRedis();
  proxy = await startFaultProxy(redis.port);
  client = new Client();
  dir = await mkdtemp(join(tmpdir(), 'everstate-async-'));
  server = null;
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await proxy.close();
  await redis.stop();
  await rm(dir, { recursive: true });
});

const postpone = (url: string): Promise<Answer> => {
  const { type, body } = block('hot', 'other');
  return client.command(url, type, body, { prefer: 'respond-async' });
};

/** Every one of these commands was run, and is recorded once. */
async function expectRunOnce(url: string, commandIds: readonly string[]): Promise<void> {
  for (const commandId of commandIds) {
    const look = async () => (await client.get(`${url}/v1/commands/${commandId}`)).text;
    await expect.poll(look).toContain('"accepted"');
  }
  const trail = await trailOf(client, url, 'hot');
  const recorded = trail.map(({ cause }) => cause.commandId);
  expect(new Set(recorded).size).toBe(recorded.length);
  expect(commandIds.filter((commandId) => !recorded.includes(commandId))).toEqual([]);
}

describe('commands that were acknowledged to be run later', () => {
  test('Redis: one whose node is killed before it ran is run once by the next', async () => {
    server = await ServerProcess.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const url = await server.url;
    await register(client, url, new Ledger(), ['hot', 'other']);
    let isHolding = false;
    // Its commit never gets to Redis, nor what comes after.
    proxy.decide((piece) => {
      isHolding ||= piece.includes(SCRIPTS.commit.sha);
      return isHolding ? 'hold' : 'pass';
    });
    const answer = await postpone(url);
    expect(answer.status, answer.text).toBe(202);
    await expect.poll(() => isHolding).toBe(true);
    await server.kill9();
    proxy.restore();
    await server.begin();
    await expectRunOnce(await server.url, [replyOf(answer).commandId]);
  });

  test('embedded: those whose node is killed at once are run once by the next', async () => {
    server = await ServerProcess.start({ STORE: 'embedded', DATA_DIR: dir });
    await register(client, await server.url, new Ledger(), ['hot', 'other']);
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const url = await server.url;
      const before = acknowledged.length;
      const sending = Array.from({ length: AT_ONCE }, async () => {
        const answer = await postpone(url).catch(() => null);
        if (answer?.status === 202) acknowledged.push(replyOf(answer).commandId);
      });
      await Promise.race(sending);
      await server.crash();
      await Promise.all(sending);
      expect(acknowledged.length).toBeGreaterThan(before);
    }
    await expectRunOnce(await server.url, acknowledged);
  });

  test('embedded: more than a page of them are taken up at the start', async () => {
    const store = await openEmbeddedStore({ dir });
    const commandIds = await leaveBehind(store);
    await store.close();
    server = await ServerProcess.start({ ...RARELY, STORE: 'embedded', DATA_DIR: dir });
    await expectRunOnce(await server.url, commandIds);
  });
});

/** Acknowledges commands in a node that cannot commit them, and ends it. */
async function leaveBehind(store: Store): Promise<string[]> {
  let isCommitting = true;
  const fate = (method: string) =>
    method === 'commit' && !isCommitting ? 'refused' : ('answered' as const);
  const runtime = createSystemRuntime();
  const engine = createEngine({
    app,
    store: faultyStore(store, fate),
    runtime,
    log: createTestLog(),
  });
  for (const id of ['hot', 'other']) {
    const { type, body } = registration(id);
    await mustAccept(engine, type, body);
  }
  isCommitting = false;
  const { type, body } = block('hot', 'other');
  const commandIds = await Promise.all(
    Array.from({ length: LEFT }, async () => {
      const answer = await engine.submitAsync(command(engine, type, body), { principal: 'test' });
      if (answer.status === 'failed') throw new Error(answer.failure.code);
      return answer.commandId;
    }),
  );
  await engine.drain();
  return commandIds;
}
