/** The store fails, loses what it had, or a node ends: the inspector says so, and goes on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/engine/store.ts';
import {
  type ActorPage,
  API_PATH,
  type HistoryPage,
  WRITE_HEADER,
} from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { type Fate, faultyStore } from '../support/faulty-store.ts';
import { mustAccept, send } from '../support/node.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import {
  atRest,
  type InspectedNode,
  inspectedApp,
  look,
  PARTITIONS,
  startInspected,
} from './store-world.ts';

const TRACE = 'feed'.padStart(32, '0');
/** A partition that nothing wakes is looked at so often. */
const LIMITS = { lookMs: 200 };
/** Longer than the store waits for anything; a request that takes longer hangs. */
const HANGS_MS = 15_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function starting(store: Store, limits: object = LIMITS): Promise<InspectedNode> {
  const node = await startInspected(store, { app: inspectedApp({ cannot: /bad/ }), limits });
  ends.push(() => node.end());
  return node;
}

async function redisOf(dir?: string): Promise<RedisServer> {
  const redis = await startRedis(dir === undefined ? {} : { dir });
  ends.push(() => redis.stop());
  return redis;
}

async function opening(redis: RedisServer): Promise<Store> {
  const store = await openRedisStore({ url: redis.url, partitions: PARTITIONS });
  ends.push(() => store.close());
  return store;
}

/** All ids that the inspector finds, page by page. */
async function found(node: InspectedNode, q = ''): Promise<string[]> {
  const ids: string[] = [];
  for (let more = ''; ; ) {
    const page = await look<ActorPage>(node, `/actors?q=${q}&limit=50${more}`);
    ids.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) return ids.sort();
    more = `&cursor=${page.nextCursor}`;
  }
}

/** All actors there are, read from the store one by one. */
async function existing({ store }: InspectedNode): Promise<string[]> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['owners']>> = await store.owners('box', cursor, 500);
    for (const id of page.ids) ids.add(id);
    cursor = page.next;
  } while (cursor !== null);
  return [...ids].sort();
}

async function count(node: InspectedNode, ...ids: readonly string[]): Promise<void> {
  for (const box of ids) await mustAccept(node.engine, 'Count', { box });
}

const named = (prefix: string, many: number) =>
  Array.from({ length: many }, (_, n) => `${prefix}${n}`);

/** Everything that can be asked, and dry words. */
async function paths(node: InspectedNode): Promise<readonly (readonly [string, object?])[]> {
  const { steps } = await look<HistoryPage>(node, '/actors/box/a0/history');
  return [
    ['/overview'],
    ['/actors'],
    ['/actors?q=id:a0'],
    ['/actors?q=a'],
    ['/actors?q=state:open%20stale:0s&limit=2'],
    ['/actors/box/a0'],
    ['/actors/box/a0/history'],
    ['/actors/box/a0/history/pages'],
    ['/actors/box/a0/under-way'],
    [`/actors/box/a0/at/${steps[0]?.position}`],
    ['/traces'],
    [`/traces/${TRACE}`],
    [`/traces/${'0'.repeat(32)}?at=${steps[0]?.position}`],
    ['/policies'],
    ['/policies/tossing/instances'],
    ['/dead-letters'],
    ['/dead-letters/count', {}],
    ['/dry-run', { type: 'Put', data: { box: 'a0', item: 'x' } }],
  ];
}

/** Asks; anything but an answer or a problem in time is a fault. */
async function askOf(node: InspectedNode, [path, body]: readonly [string, object?]) {
  const response = await fetch(`${node.url}${API_PATH}${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', [WRITE_HEADER]: '1' },
    signal: AbortSignal.timeout(HANGS_MS),
  });
  const { code } = Object(await response.json());
  return { status: response.status, code };
}

async function filled(node: InspectedNode): Promise<void> {
  await atRest(node);
  await count(node, ...named('a', 20));
  await mustAccept(node.engine, 'Put', { box: 'a1', item: 'pen' }, { traceId: TRACE });
  await mustAccept(node.engine, 'Put', { box: 'a2', item: 'bad' }, { traceId: TRACE });
  await atRest(node);
}

describe('a store that is out of reach', () => {
  test('for any one call makes an answer or a problem of it, never a fault', async () => {
    const store = createMemoryStore({ partitions: PARTITIONS });
    const before = await starting(store);
    await filled(before);
    await before.end();
    let left = Number.POSITIVE_INFINITY;
    const node = await startInspected(
      faultyStore(store, (method) => {
        // The node looks for commands that others left, whether somebody asks or not.
        if (method === 'pendingAsync') return 'answered';
        return left-- === 0 ? 'request lost' : 'answered';
      }),
      { app: inspectedApp({ cannot: /bad/ }), isAsleep: true },
    );
    ends.push(() => node.end());
    for (const asked of await paths(node)) {
      let failures = 0;
      for (let nth = 0; left < 0 || nth === 0; nth++) {
        left = nth;
        const { status, code } = await askOf(node, asked);
        expect([200, 503], `call ${nth} of ${asked[0]}: ${code}`).toContain(status);
        if (status === 503) failures += 1;
      }
      left = Number.POSITIVE_INFINITY;
      expect(failures, asked[0]).toBeGreaterThan(0);
      expect((await askOf(node, asked)).status, asked[0]).toBe(200);
    }
  });

  test('is told of, whatever is asked, and is found again', async () => {
    const redis = await redisOf();
    const node = await starting(await opening(redis));
    await filled(node);
    const all = await paths(node);
    redis.pause();
    for (const answer of await Promise.all(all.map((asked) => askOf(node, asked)))) {
      expect(answer).toEqual({ status: 503, code: 'unavailable' });
    }
    redis.resume();
    for (const asked of all) {
      await expect
        .poll(async () => (await askOf(node, asked)).status, { message: asked[0] })
        .toBe(200);
    }
    await count(node, 'after');
    await atRest(node);
    expect(await found(node)).toEqual(await existing(node));
  });
});

describe('the index of actors', () => {
  test('is the same at two nodes, and goes on when the one that keeps it is gone', async () => {
    const redis = await redisOf();
    let isGone = false;
    const cut = faultyStore(await opening(redis), () => (isGone ? 'request lost' : 'answered'));
    const one = await starting(cut);
    await filled(one);
    const [keeper, ...others] = new Set(await holders(one));
    expect(others).toEqual([]);
    const other = await starting(await opening(redis));
    expect(await found(other)).toEqual(await found(one));
    isGone = true;
    await count(other, ...named('late', 10));
    await expect.poll(() => holders(other)).not.toContain(keeper);
    await atRest(other);
    expect(await found(other)).toEqual(await existing(other));
    expect(await found(other, 'late')).toEqual(named('late', 10));
  });

  test('that is wiped says that it is behind, and is made anew', async () => {
    const redis = await redisOf();
    let mayStep = Promise.resolve();
    const held = faultyStore(await opening(redis), async (method): Promise<Fate> => {
      if (method === 'step') await mayStep;
      return 'answered';
    });
    const node = await starting(held);
    await filled(node);
    const all = await existing(node);
    expect(await found(node)).toEqual(all);
    // It mends nothing before it was seen.
    let goOn = () => {};
    mayStep = new Promise((resolve) => {
      goOn = resolve;
    });
    const wipe = `for _, key in ipairs(redis.call('KEYS', 'es{*}[to]:index/*')) do redis.call('DEL', key) end`;
    await redis.command('EVAL', wipe, '0');
    expect((await look<ActorPage>(node, '/actors')).index.lag).toBeGreaterThan(20);
    goOn();
    // Something goes on meanwhile, in some partitions.
    await count(node, 'a0', 'new');
    await atRest(node);
    expect(await found(node)).toEqual([...all, 'new'].sort());
    expect(await found(node, 'state:open')).toEqual([...all, 'new'].sort());
  });

  test('of a store that came back as it was before has what is there, and no more', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'everstate-'));
    ends.push(() => rm(dir, { recursive: true, force: true }));
    const redis = await redisOf(dir);
    const node = await starting(await opening(redis));
    await filled(node);
    await redis.command('SAVE');
    await count(node, ...named('lost', 20), 'a0');
    await atRest(node);
    expect(await found(node, 'lost')).toHaveLength(20);
    await redis.restart();
    await expect.poll(async () => (await askOf(node, ['/actors'])).status).toBe(200);
    const again = async () => (await send(node.engine, 'Count', { box: 'again' })).status;
    await expect.poll(again).toBe('accepted');
    await atRest(node);
    expect(await found(node, 'lost')).toEqual([]);
    expect(await found(node)).toEqual(await existing(node));
    const page = await look<ActorPage>(node, '/actors?q=id:a0');
    expect(page.items).toMatchObject([{ id: 'a0', version: 1 }]);
  });
});

/** Who runs each partition. */
async function holders({ store }: InspectedNode): Promise<(string | null | undefined)[]> {
  return (await store.leases()).map((lease) => lease?.node);
}
