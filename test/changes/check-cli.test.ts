/** `everstate check` at the command line, on the app that ships. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { app } from '../../machines/index.ts';
import { check } from '../../src/cli/check.ts';
import { UsageError } from '../../src/cli/options.ts';
import type { Address } from '../../src/engine/address.ts';
import type { Store, TurnId } from '../../src/engine/store.ts';
import { openEmbeddedStore, openRedisStore } from '../../src/storage/open.ts';
import { mustAccept, rowOf, startNode } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';

let out: string[] = [];
let err: string[] = [];
beforeEach(() => {
  [out, err] = [[], []];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void out.push(text));
  vi.spyOn(console, 'error').mockImplementation((text: string) => void err.push(text));
});
afterEach(() => vi.restoreAllMocks());

let dir = '';
let redis: RedisServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-check-'));
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

const PEOPLE = ['ada', 'bob', 'eve'];

/** Three accounts; two follow the third. */
async function fill(store: Store): Promise<void> {
  const { engine } = startNode(store, { app });
  for (const id of PEOPLE) {
    const email = `${id}@example.org`;
    await mustAccept(engine, 'RegisterAccount', { accountId: id, email, username: id });
  }
  for (const followerId of ['ada', 'bob']) {
    await mustAccept(engine, 'FollowAccount', { followerId, followeeId: 'eve' });
  }
  await engine.drain();
}

/** Has an actor stored as by code that called its state otherwise. */
async function rename(store: Store, actor: Address): Promise<void> {
  const { state, lastTurn, recent } = await rowOf(store, actor.id, actor.type);
  const none = { view: null, held: null, records: [], entries: [], replies: [] };
  await store.commit({
    ...none,
    actor,
    turnId: 'renamed' as TurnId,
    expected: lastTurn,
    state: (state ?? '').replace('{"registered":"active"}', '{"registered":"running"}'),
    recordCount: recent[0]?.records ?? 0,
  });
}

describe('an embedded store', () => {
  test('is checked, and what would break is named', async () => {
    const at = join(dir, 'embedded');
    const store = await openEmbeddedStore({ dir: at });
    await fill(store);
    await store.close();
    expect(await check(['--store', at])).toBe(0);
    expect(out.join('\n')).toMatch(
      /^Checked: 3 actors, 3 histories replayed, 5 records, 0 instances/,
    );
    expect(out.join('\n')).toContain('Nothing that is stored would break.');

    const again = await openEmbeddedStore({ dir: at });
    await rename(again, { type: 'account', id: 'ada' });
    await again.close();
    out = [];
    expect(await check(['--store', at])).toBe(1);
    const told = out.join('\n');
    expect(told).toContain('state (breaks): 1 actors whose stored state this code cannot run');
    expect(told).toContain(
      '1 × account, version 1: the machine does not have the state {"registered":"running"}',
    );
    expect(told).toContain('such as account:ada');
    expect(told).toContain('give it a migration from the older one');
    expect(await check(['--store', at, '--accept', 'state'])).toBe(0);
  });

  test('whose server runs is refused, and so is one that is not there', async () => {
    const at = join(dir, 'used');
    const store = await openEmbeddedStore({ dir: at });
    await fill(store);
    expect(await check(['--store', at])).toBe(2);
    expect(err.join('\n')).toContain('Stop the server, or use a copy of the directory.');
    await store.close();
    err = [];
    expect(await check(['--store', join(dir, 'nowhere')])).toBe(2);
    expect(err.join('\n')).toContain('There is no store in the directory');
  });
});

describe('a Redis that servers run on', () => {
  test('is checked as JSON, and not a byte of it changes', async () => {
    const store = await openRedisStore({ url: redis.url });
    await fill(store);
    const view = new RedisView(redis.url);
    const before = await view.digest();
    expect(await check(['--store', redis.url, '--json', '--rate', '500'])).toBe(0);
    expect(await view.digest()).toEqual(before);
    expect(JSON.parse(out.join(''))).toMatchObject({
      sound: true,
      actors: 3,
      histories: 3,
      records: 5,
      findings: [],
    });
    await rename(store, { type: 'account', id: 'bob' });
    out = [];
    expect(await check(['--store', redis.url, '--json', '--no-history'])).toBe(1);
    expect(JSON.parse(out.join(''))).toMatchObject({
      sound: false,
      histories: 0,
      findings: [
        { kind: 'state', breaks: true, accepted: false, count: 1, example: 'account:bob' },
      ],
    });
    view.close();
    await store.close();
  });

  test('out of reach is said so', async () => {
    expect(await check(['--store', 'redis://127.0.0.1:1'])).toBe(2);
    expect(err.join('\n')).toContain('could not be reached');
  }, 20_000);
});

test('what it does not know is told with its usage', async () => {
  await expect(check(['--accept', 'everything'])).rejects.toThrow(UsageError);
  await expect(check(['--rate', '0'])).rejects.toThrow(UsageError);
  await expect(check(['here'])).rejects.toThrow(UsageError);
  expect(await check(['--help'])).toBe(0);
  expect(out.join('\n')).toContain('everstate check [options]');
});
