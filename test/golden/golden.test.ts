/**
 * What version 1 stored loads for ever, on every store: states, records, every table of the policies,
 * claims, keys, commands that are answered later, read models, and the layouts themselves. Never
 * change a fixture to have this pass: a change of what is stored brings a migration, an upcaster, or a
 * layout of its own that reads this one.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkStored } from '../../src/engine/check/check.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { KeyValueStore } from '../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../src/storage/memory/index.ts';
import { openEmbeddedStore, openRedisStore } from '../../src/storage/open.ts';
import { eventsOf, mustAccept, send, word } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { createTestLog } from '../support/runtime.ts';
import { loadRedis } from './redis-dump.ts';
import {
  KEPT_MS,
  KEYED,
  KEYED_BODY,
  KEYED_LATER,
  marksOf,
  PENDING,
  REFUSED,
  REFUSED_BODY,
  readAll,
} from './scenario.ts';
import { goldenApp } from './v1/app.ts';

const PARTITIONS = 4;
const pair = z.tuple([z.string(), z.string()]);

async function fixture(name: string): Promise<string> {
  return readFile(new URL(`./v1/${name}`, import.meta.url), 'utf8');
}

async function linesOf(name: string): Promise<string[]> {
  return (await fixture(name)).split('\n').filter((line) => line !== '');
}

let redis: RedisServer;
const dirs: string[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
  await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })));
});

const stores: readonly (readonly [string, () => Promise<Store>])[] = [
  [
    'memory',
    async () => {
      const backing = new MemoryBacking(Date.now);
      const pairs = (await linesOf('key-value.jsonl')).map((line) => pair.parse(JSON.parse(line)));
      await backing.step(() => ({ reply: null, writes: pairs }));
      return new KeyValueStore(backing, PARTITIONS, Date.now);
    },
  ],
  [
    'embedded',
    async () => {
      const dir = await mkdtemp(join(tmpdir(), 'everstate-golden-'));
      dirs.push(dir);
      const database = open<string, string>({ path: dir, encoding: 'string' });
      for (const line of await linesOf('key-value.jsonl')) {
        const [key, value] = pair.parse(JSON.parse(line));
        await database.put(key, value);
      }
      await database.close();
      return openEmbeddedStore({ dir });
    },
  ],
  [
    'redis',
    async () => {
      const raw = new Redis(redis.url);
      await raw.flushall();
      await loadRedis(raw, await linesOf('redis.jsonl'), KEPT_MS);
      raw.disconnect();
      return openRedisStore({ url: redis.url, partitions: PARTITIONS });
    },
  ],
];

/** The world is mended. */
const world = { isBroken: false, ask: async (question: string) => `answer to ${question}` };
const app = goldenApp(world);

describe.each(stores)('version 1 on the %s store', (_, load) => {
  let store: Store;
  let engine: Engine;
  beforeAll(async () => {
    store = await load();
    const runtime = createSystemRuntime();
    const log = createTestLog();
    // What is said of a dead letter is waited for, however busy the machine.
    const backgroundLimits = { deadLetterWaitMs: 20_000 };
    engine = createEngine({ app, store, runtime, log, replyTtlMs: KEPT_MS, backgroundLimits });
  });
  afterAll(async () => {
    await engine.drain();
    await store.close();
  });

  test('all of it is read as it was', async () => {
    expect(await readAll(app, engine, store)).toEqual(JSON.parse(await fixture('expected.json')));
  });

  test('nothing of it would break, as everstate check sees it', async () => {
    const runtime = createSystemRuntime();
    const options = { app, store, runtime, actorsPerSecond: 1_000_000, withHistory: true };
    const { findings, actors, histories } = await checkStored(options);
    expect(findings.map(({ kind, about }) => `${kind} ${about}`)).toEqual(['letter breaker']);
    expect(actors).toBeGreaterThanOrEqual(4);
    expect(histories).toBe(actors);
  });

  test('keys give the first answer again, and refuse another body', async () => {
    const again = await send(engine, 'Rent', KEYED_BODY, KEYED);
    expect(again).toMatchObject({
      status: 'accepted',
      replayed: true,
      events: [{ type: 'Rented', data: KEYED_BODY, occurredAt: '2026-01-01T00:00:00.000Z' }],
    });
    const refused = await send(engine, 'Rent', REFUSED_BODY, REFUSED);
    expect(refused).toMatchObject({
      status: 'rejected',
      replayed: true,
      reason: 'The label is taken',
    });
    const other = await send(engine, 'Rent', { locker: 'b', label: 'Other' }, KEYED);
    expect(word(other)).toBe('idempotency_key_reused');
  });

  test('commands that are answered later have their answer, or get it now', async () => {
    const ask = async (body: object, delivery: typeof PENDING) => {
      const validation = engine.validate('Note', body);
      if (!validation.ok) throw new Error('it breaks its schema');
      const { commandId } = await engine.submitAsync(validation.command, delivery);
      const outcome = () => engine.asyncOutcome(commandId);
      await expect.poll(outcome).not.toBe('pending');
      return outcome();
    };
    expect(await ask({ locker: 'd', text: 'later' }, KEYED_LATER)).toMatchObject({
      status: 'accepted',
      events: [{ occurredAt: '2026-01-01T00:00:00.000Z' }],
    });
    expect(await ask({ locker: 'e', text: 'never, so far' }, PENDING)).toMatchObject({
      status: 'accepted',
    });
    expect(await eventsOf(engine, 'e', 'locker')).toHaveLength(1);
  });

  test('claims hold, and one that a crash left is free', async () => {
    const rent = async (locker: string, label: string) =>
      word(await send(engine, 'Rent', { locker, label }));
    expect(await rent('f', 'ONE')).toBe('The label is taken');
    expect(await rent('f', 'three')).toBe('accepted');
  });

  test('commands go on: history states, collections, facts', async () => {
    await mustAccept(engine, 'Resume', { locker: 'a' });
    // It was shut before it paused.
    expect(word(await send(engine, 'PutIn', { locker: 'a', thing: 'pen' }))).toBe(
      'Not possible in this state',
    );
    await mustAccept(engine, 'PutIn', { locker: 'b', thing: 'pen' });
    const [pen] = await store.page(
      { actor: { type: 'locker', id: 'b' }, collection: 'things' },
      { limit: 5, after: null },
    );
    expect(pen).toMatchObject({ key: 'pen', value: '{"by":"b"}' });
  });

  test('policies finish: timers, effects, retries, what waited in outbox and inbox, dead letters', async () => {
    await engine.start();
    const [letter] = (await engine.deadLetters({ limit: 5, cursor: null })).items;
    expect(await engine.retryDeadLetter(letter?.id ?? '')).toBe('done');
    await expect.poll(async () => (await engine.policies()).idle).toBe(true);
    expect(await marksOf(engine)).toEqual([
      'after next',
      'after next',
      'answer to ask badly',
      'answer to ask this',
      'reminded',
      'to x 2',
      'to x 3',
      'to y 2',
      'unbroken',
      'unbroken',
      'unjammed',
    ]);
    expect((await engine.deadLetters({ limit: 5, cursor: null })).items).toEqual([]);
    const ranking = await store.ranking('~notes', 3);
    expect(ranking).toEqual([
      { id: 'b', size: 6 },
      { id: 'c', size: 3 },
      { id: 'd', size: 1 },
    ]);
    const tables = ['outbox', 'inbox', 'queue', 'timer', 'effect', 'retry', 'again', 'dead'];
    const names = tables.flatMap((table) =>
      [...app.policies.keys()].map((name) => `${table}/${name}`),
    );
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const survey = await store.survey(partition, names);
      expect(survey.tables.map(({ rows }) => rows)).toEqual(names.map(() => 0));
    }
  });
});

test('the fixtures hold every table and every kind of key', async () => {
  const [pairs, lines] = [await linesOf('key-value.jsonl'), await linesOf('redis.jsonl')];
  for (const table of [
    'instance',
    'outbox',
    'inbox',
    'queue',
    'timer',
    'effect',
    'retry',
    'again',
    'dead',
  ]) {
    expect(
      pairs.some((line) => line.includes(`t${table}/`) && line.includes('!k')),
      table,
    ).toBe(true);
    expect(
      lines.some((line) => line.includes(`}t:${table}/`)),
      table,
    ).toBe(true);
  }
  for (const kind of 'mahfcpqnwvbx')
    expect(
      pairs.some((line) => line.startsWith(`["${kind}`)),
      kind,
    ).toBe(true);
  for (const kind of [
    'a:',
    'f"',
    'c:',
    'k:',
    'i:',
    'l:',
    'q:',
    'q"',
    'w"',
    't:',
    'o:',
    'x"',
    'g:',
  ]) {
    expect(
      lines.some((line) => line.includes(`}${kind}`)),
      kind,
    ).toBe(true);
  }
});
