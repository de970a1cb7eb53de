import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../../src/engine/store.ts';
import { openEmbeddedStore, openRedisStore } from '../../src/storage/open.ts';
import {
  build,
  followsLeft,
  type Look,
  removalsIn,
  surroundings,
  untilAtRest,
  watchCleanup,
} from '../support/cleanup.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { leftovers } from './at-rest.ts';
import { Client } from './client.ts';

vi.setConfig({ testTimeout: 120_000 });

const FOLLOWERS = 4_000;
const FOLLOWEES = 400;
/** At how many removals the server is killed: once on each side. */
const KILLS = [100, 800];

let dir: string;
let client: Client;
let redis: RedisServer | null;
let server: ServerProcess | null;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-cleanup-'));
  client = new Client();
  [redis, server] = [null, null];
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await redis?.stop();
  await rm(dir, { recursive: true });
});

interface Kind {
  readonly settings: () => Promise<Record<string, string>>;
  readonly open: () => Promise<Store>;
}

const kinds: Record<string, Kind> = {
  embedded: {
    settings: async () => ({ STORE: 'embedded', DATA_DIR: dir }),
    open: () => openEmbeddedStore({ dir }),
  },
  Redis: {
    async settings() {
      redis = await startRedis();
      return { REDIS_URL: redis.url };
    },
    open: () => openRedisStore({ url: redis?.url ?? '' }),
  },
};

test.each(Object.entries(kinds))(
  'an account is cleaned up on %s by a server that is killed twice',
  async (_, { settings, open }) => {
    const running = await ServerProcess.start(await settings());
    server = running;
    const around = surroundings(FOLLOWERS, FOLLOWEES);
    await build(await running.url, around);
    // Or follow-guard, still at the follows, would find the account inactive and remove them too.
    await untilAtRest(client, await running.url);
    const looks: Look[] = [];
    const kills = [...KILLS];
    await watchCleanup(
      client,
      () => running.url,
      async (look) => {
        looks.push(look);
        if (look.removed < (kills[0] ?? Number.POSITIVE_INFINITY)) return;
        kills.shift();
        await running.crash();
      },
    );
    expect(kills).toEqual([]);
    const removed = looks.map((look) => look.removed);
    expect(removed, 'it never begins anew').toEqual(removed.toSorted((a, b) => a - b));
    await untilAtRest(client, await running.url);
    expect(await leftovers(client, await running.url)).toEqual([]);
    await running.terminate();

    const store = await open();
    try {
      const all = FOLLOWERS + FOLLOWEES;
      const reasons = ['account_deactivated'];
      expect(await removalsIn(store)).toEqual({ events: all, relationships: all, reasons });
      expect(await followsLeft(store, around)).toBe(0);
    } finally {
      await store.close();
    }
  },
);
