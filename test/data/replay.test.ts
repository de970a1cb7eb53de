import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { type Expected, expectedOf, seenAll } from './outcome.ts';
import { acknowledged, replay, ServerProcess, until } from './processes.ts';

const FILE = fileURLToPath(new URL('../../../shared/data/bitcoin-otc.csv', import.meta.url));
const present = existsSync(FILE);
if (!present) console.log('The ratings file is not at ../shared/data/bitcoin-otc.csv: skipped.');

/** The figures that need no policies, as the summary prints them. */
const FIGURES = [
  /RegisterAccount +AccountRegistered +5,881\n/,
  /FollowAccount +FollowCreated +32,010\n/,
  /\n +rejected: Blocked relationship prevents following +17\n/,
  /\n +no effect +2\n/,
  /BlockAccount +AccountBlocked +3,563\n/,
  /total +41,473\n/,
];

/** At how many batches acknowledged, of about 45, something is killed. */
const KILLS = [3, 16, 32];

describe.skipIf(!present)('the replay of real ratings', () => {
  let dir: string;
  let expected: Expected;
  const running: { kill9(): Promise<void> }[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'everstate-data-'));
    expected = expectedOf(await readFile(FILE, 'utf8'));
  });
  afterEach(async () => {
    for (const each of running.splice(0).reverse()) await each.kill9();
    await rm(dir, { recursive: true });
  });

  async function onEmbedded(): Promise<ServerProcess> {
    const settings = { STORE: 'embedded', DATA_DIR: join(dir, 'data') };
    const server = await ServerProcess.start(() => settings);
    running.push(server);
    return server;
  }

  /** Each start has a data directory of its own: on Redis nothing may depend on it. */
  async function onRedis(redis: RedisServer): Promise<ServerProcess> {
    let starts = 0;
    const server = await ServerProcess.start(() => ({
      REDIS_URL: redis.url,
      DATA_DIR: join(dir, `data-${++starts}`),
    }));
    running.push(server);
    return server;
  }

  /** A Redis that has every write on disk before it answers. */
  async function durableRedis(): Promise<RedisServer> {
    const redis = await startRedis({
      dir,
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    });
    running.push(redis);
    return redis;
  }

  /** Replays the file; at each of `KILLS`, does what is to be done then. */
  async function replayed(
    server: ServerProcess,
    at?: (kill: number) => Promise<void>,
  ): Promise<string> {
    const stateDir = join(dir, 'state');
    let run = replay(FILE, server.url, stateDir);
    for (const [kill, batches] of (at === undefined ? [] : KILLS).entries()) {
      await until(
        `${batches} batches`,
        60_000,
        async () => (await acknowledged(stateDir)) >= batches,
      );
      expect(run.isRunning(), 'killed in the middle, not after the end').toBe(true);
      await at?.(kill);
      if (kill === 1) {
        run.kill();
        await run.ended;
        run = replay(FILE, server.url, stateDir);
      }
    }
    const { exit, out } = await run.ended;
    expect(exit, out).toBe(0);
    return out;
  }

  /** What was answered is there, once, and nothing else: event by event, entry by entry. */
  async function expectWhole(server: ServerProcess, out: string): Promise<void> {
    for (const figure of FIGURES) expect(out).toMatch(figure);
    expect(expected.noEffect).toBe(2);
    const seen = await seenAll(server.url, [...expected.accounts.keys()]);
    expect(seen.size).toBe(5_881);
    for (const [id, { followed, blocked, refused }] of expected.accounts) {
      expect(seen.get(id), id).toEqual({
        registered: 1,
        followed: followed.toSorted(),
        blocked: blocked.toSorted(),
        refused: refused.toSorted(),
        others: [],
        following: followed.toSorted(),
        blocking: [...new Set(blocked)].toSorted(),
      });
    }
  }

  test('embedded', async () => {
    const server = await onEmbedded();
    await expectWhole(server, await replayed(server));
  });

  test('embedded, the server killed three times and the replay once', async () => {
    const server = await onEmbedded();
    const out = await replayed(server, () => server.restart());
    await expectWhole(server, out);
  });

  test('Redis', async () => {
    const server = await onRedis(await durableRedis());
    await expectWhole(server, await replayed(server));
  });

  test('Redis, the server killed three times and the replay once', async () => {
    const server = await onRedis(await durableRedis());
    const out = await replayed(server, () => server.restart());
    await expectWhole(server, out);
  });

  test('Redis killed three times, and the replay once', async () => {
    const redis = await durableRedis();
    const server = await onRedis(redis);
    const out = await replayed(server, () => redis.restart());
    await expectWhole(server, out);
    await redis.restart();
    await server.restart();
    await expectWhole(server, out);
  });
});
