import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/engine/store.ts';
import { openEmbeddedStore, openRedisStore } from '../../src/storage/open.ts';
import { leftovers, policiesOf, untilRest } from '../faults/at-rest.ts';
import { Client } from '../faults/client.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { everyEntry, followersOf } from '../support/stored.ts';
import { Expected } from './model.ts';
import { acknowledged, replay, ServerProcess, until } from './processes.ts';
import { Reading, type Seen } from './seen.ts';

const FILE = fileURLToPath(new URL('../../../shared/data/bitcoin-otc.csv', import.meta.url));
const present = existsSync(FILE);
if (!present) console.log('The ratings file is not at ../shared/data/bitcoin-otc.csv: skipped.');

/** The figures of the file's own description. */
const FIGURES = {
  registered: 5_881,
  FollowCreated: 32_010,
  noEffect: 2,
  FollowRejected: 17,
  AccountBlocked: 3_563,
  FollowRemoved: 341,
  followsLeft: 31_669,
};

/** The same as the summary of the replay has them. */
const SUMMARY = [
  /RegisterAccount +AccountRegistered +5,881\n/,
  /FollowAccount +FollowCreated +32,010\n/,
  /\n +rejected: Blocked relationship prevents following +17\n/,
  /\n +no effect +2\n/,
  /BlockAccount +AccountBlocked +3,563\n/,
  /total +41,473\n/,
  /\nFollowRemoved +341 +341 *\n/,
  /\nfollows left +31,669 +31,669 *\n/,
  /\npairs that follow and block at once +0 +0 *\n/,
];

/** At how many batches acknowledged, of about 45, something is killed. */
const KILLS = [14, 32];

describe.skipIf(!present)('the replay of real ratings', () => {
  let dir: string;
  let expected: Expected;
  let client: Client;
  const running: { kill9(): Promise<void> }[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'everstate-data-'));
    expected = new Expected(await readFile(FILE, 'utf8'));
    client = new Client();
  });
  afterEach(async () => {
    client.close();
    for (const each of running.splice(0).reverse()) await each.kill9();
    await rm(dir, { recursive: true });
  });

  async function started(settings: () => Record<string, string>): Promise<ServerProcess> {
    const server = await ServerProcess.start(settings);
    running.push(server);
    return server;
  }

  const embedded = () => ({ STORE: 'embedded', DATA_DIR: join(dir, 'data') });
  let starts = 0;
  /** Each start has a data directory of its own: on Redis nothing may depend on it. */
  const on = (redis: RedisServer) => () => ({
    REDIS_URL: redis.url,
    DATA_DIR: join(dir, `data-${++starts}`),
  });

  /** A Redis that has every write on disk before it answers. */
  async function durableRedis(): Promise<RedisServer> {
    const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const redis = await startRedis({ dir, args });
    running.push(redis);
    return redis;
  }

  /**
   * Replays the file; at each of `KILLS`, does what is to be done then, and ends the replay itself
   * once and begins it again.
   */
  async function replayed(server: ServerProcess, kill?: () => Promise<void>): Promise<void> {
    const stateDir = join(dir, 'state');
    let run = replay(FILE, server.url, stateDir);
    for (const [index, batches] of (kill === undefined ? [] : KILLS).entries()) {
      const hasCome = async () => (await acknowledged(stateDir)) >= batches;
      await until(`${batches} batches`, 120_000, hasCome);
      // Between two batches the policies may have nothing to do: they are caught at their work.
      await until('the policies are at work', 30_000, async () => !(await isIdle(server)));
      expect(run.isRunning(), 'killed in the middle, not after the end').toBe(true);
      await kill?.();
      if (index === 0) continue;
      run.kill();
      await run.ended;
      run = replay(FILE, server.url, stateDir);
    }
    const { exit, out } = await run.ended;
    expect(exit, out).toBe(0);
    for (const figure of SUMMARY) expect(out).toMatch(figure);
  }

  async function isIdle(server: ServerProcess): Promise<boolean> {
    let idle: boolean | undefined;
    await until('it tells how the policies fare', 10_000, async () => {
      idle = (await policiesOf(client, server.url.slice(0, -1)))?.idle;
      return idle !== undefined;
    });
    return idle === true;
  }

  /** All is as the file says, once, and nothing else: event by event, entry by entry. */
  async function expectWhole(server: ServerProcess, open: () => Promise<Store>): Promise<void> {
    expect(expected.figures).toEqual(FIGURES);
    const base = server.url.slice(0, -1);
    const report = await untilRest(client, base);
    expect(report.policies.map(({ deadLetters }) => deadLetters)).toEqual([0, 0, 0, 0]);
    expect(await leftovers(client, base)).toEqual([]);
    const seen = await new Reading(client, server.url).accounts([...expected.accounts.keys()]);
    expect(seen.size).toBe(FIGURES.registered);
    for (const [id, account] of expected.accounts) {
      const { removed, ...lists } = seen.get(id) ?? unseen;
      const { removed: removals, followers: _, ...known } = account;
      expect(lists, id).toEqual({ ...known, registered: 1, others: [] });
      expect(
        removed.map(({ to }) => to),
        id,
      ).toEqual(removals.map(({ to }) => to));
      for (const [place, { reasons }] of removals.entries()) {
        expect(reasons, id).toContain(removed[place]?.reason);
      }
    }
    expect(pairsAtOnce(seen)).toEqual([]);
    await expectFollowers(open);
  }

  /** The read model of followers, which no route shows yet, says the same from the other side. */
  async function expectFollowers(open: () => Promise<Store>): Promise<void> {
    const store = await open();
    try {
      for (const [id, { followers }] of expected.accounts) {
        const entries = await everyEntry(store, followersOf(id));
        expect(entries.map(({ key }) => key).toSorted(), id).toEqual(followers);
      }
    } finally {
      await store.close();
    }
  }

  test('embedded', async () => {
    const server = await started(embedded);
    await replayed(server);
    await expectWhole(server, async () => {
      await server.kill9();
      return openEmbeddedStore({ dir: join(dir, 'data') });
    });
  });

  test('embedded, the server killed twice and the replay once', async () => {
    const server = await started(embedded);
    await replayed(server, () => server.restart());
    await expectWhole(server, async () => {
      await server.kill9();
      return openEmbeddedStore({ dir: join(dir, 'data') });
    });
  });

  test('Redis', async () => {
    const redis = await durableRedis();
    const server = await started(on(redis));
    await replayed(server);
    await expectWhole(server, () => openRedisStore({ url: redis.url }));
  });

  test('Redis, the server killed twice and the replay once', async () => {
    const redis = await durableRedis();
    const server = await started(on(redis));
    await replayed(server, () => server.restart());
    await expectWhole(server, () => openRedisStore({ url: redis.url }));
  });

  test('two nodes on one Redis, one of them killed twice and the replay once', async () => {
    const redis = await durableRedis();
    const [served, other] = [await started(on(redis)), await started(on(redis))];
    await replayed(served, () => served.restart());
    // The one that was killed takes its share as soon as it is seen to live again.
    await until('all policies are run by both', 30_000, async () => {
      const { policies } = await untilRest(client, other.url.slice(0, -1));
      return policies.every(({ holders }) => Object.keys(holders).length === 2);
    });
    await expectWhole(other, () => openRedisStore({ url: redis.url }));
  });

  test('Redis killed twice, and the replay once', async () => {
    const redis = await durableRedis();
    const server = await started(on(redis));
    await replayed(server, () => redis.restart());
    const open = () => openRedisStore({ url: redis.url });
    await expectWhole(server, open);
    await redis.restart();
    await server.restart();
    await expectWhole(server, open);
  });
});

/** Stands for an account of which nothing was read. */
const unseen: Partial<Seen> & Pick<Seen, 'removed'> = { removed: [] };

/** Pairs of which one follows and one blocks, in any direction. */
function pairsAtOnce(seen: ReadonlyMap<string, Seen>): string[] {
  return [...seen].flatMap(([id, { blocking, following }]) =>
    blocking
      .filter((other) => following.includes(other) || seen.get(other)?.following.includes(id))
      .map((other) => `${id} ${other}`),
  );
}
