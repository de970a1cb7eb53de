import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { LiveClient } from '../http/live-client.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Client, NoAnswer } from './client.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const CRASHES = 4;
const ACCOUNTS = Array.from({ length: 12 }, (_, n) => `user${n}`);

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 90_000 });

let dir: string;
let redis: RedisServer | null;
let node: ServerProcess | null;
let client: Client;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-feed-'));
  redis = null;
  node = null;
  client = new Client();
});

afterEach(async () => {
  client.close();
  await node?.kill9();
  await redis?.stop();
  await rm(dir, { recursive: true });
});

/** One who listens through every crash, and goes on each time with the id that came last. */
class Steadfast {
  readonly heard: { readonly id: string; readonly position: string }[] = [];
  readonly #server: ServerProcess;
  readonly #search: string;
  #lastId = '';
  #stream: LiveClient | null = null;
  #running: Promise<void> = Promise.resolve();
  #isOver = false;
  connections = 0;

  constructor(server: ServerProcess, search = '') {
    this.#server = server;
    this.#search = search;
  }

  /** Resolves once it listens. */
  async begin(): Promise<void> {
    await this.#connect();
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.#stream?.leave();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const stream = this.#stream;
      if (!stream || stream.isEnded) {
        this.#take();
        await this.#connect().catch(() => sleep(20));
      } else {
        this.#take();
        await sleep(5);
      }
    }
    this.#take();
  }

  async #connect(): Promise<void> {
    const url = `${await this.#server.url}/v1/events${this.#search}`;
    const stream = await LiveClient.open(
      url,
      this.#lastId === '' ? {} : { 'last-event-id': this.#lastId },
    );
    this.#stream = stream;
    this.connections += 1;
    this.#lastId = stream.lastId;
  }

  /** Notes what came, with the id that a browser would come back with. */
  #take(): void {
    for (const { id, data } of this.#stream?.parts.splice(0) ?? []) {
      if (id !== null) this.#lastId = id;
      if (data) this.heard.push({ id: data.id, position: String(data.position) });
    }
  }
}

const page = z.object({
  items: z.array(z.looseObject({ id: z.string(), type: z.string(), position: z.string() })),
  nextCursor: z.string().optional(),
});

/** The events of all trails: what is there, read by another way. */
async function allEvents(url: string): Promise<z.infer<typeof page>['items']> {
  const found = [];
  for (const account of ACCOUNTS) {
    let before = '';
    do {
      const route = `${url}/v1/actors/account/${account}/events?limit=200${before}`;
      const { items, nextCursor } = page.parse(JSON.parse((await client.get(route)).text));
      found.push(...items);
      before = nextCursor === undefined ? '' : `&before=${nextCursor}`;
    } while (before !== '');
  }
  return found;
}

/** Sends commands until it is told to stop; what has no answer is left. */
async function load(server: ServerProcess, random: () => number, isOver: () => boolean) {
  while (!isOver()) {
    const body = { followerId: oneOf(random, ACCOUNTS), followeeId: oneOf(random, ACCOUNTS) };
    const type = random() < 0.6 ? 'FollowAccount' : 'RemoveFollower';
    try {
      await client.command(await server.url, type, body);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    }
  }
}

async function expectWholeFeed(settings: Record<string, string>, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const server = await ServerProcess.start(settings);
  node = server;
  const all = new Steadfast(server);
  const follows = new Steadfast(server, '?types=FollowCreated');
  await Promise.all([all.begin(), follows.begin()]);
  const url = await server.url;
  for (const id of ACCOUNTS) {
    const body = { accountId: id, email: `${id}@example.org`, username: id };
    expect((await client.command(url, 'RegisterAccount', body)).status).toBe(200);
  }
  let isOver = false;
  const loads = Array.from({ length: 4 }, () => load(server, random, () => isOver));
  for (let crash = 0; crash < CRASHES; crash++) {
    const heard = all.heard.length;
    const more = 40 + Math.floor(random() * 200);
    await expect.poll(() => all.heard.length).toBeGreaterThan(heard + more);
    await server.crash();
  }
  isOver = true;
  await Promise.all(loads);
  const expected = await allEvents(await server.url);
  await expect.poll(() => all.heard.length).toBeGreaterThanOrEqual(expected.length);
  const created = expected.filter(({ type }) => type === 'FollowCreated');
  await expect.poll(() => follows.heard.length).toBeGreaterThanOrEqual(created.length);
  await Promise.all([all.end(), follows.end()]);
  const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id).sort();
  expect(ids(all.heard)).toEqual(ids(expected));
  expect(ids(follows.heard)).toEqual(ids(created));
  expect(all.connections).toBeGreaterThan(CRASHES);
  expectOrder(all.heard.map(({ position }) => position));
}

/** Each partition's events came in its order. */
function expectOrder(positions: readonly string[]): void {
  const last = new Map<string, number>();
  for (const position of positions) {
    const [partition = '', place = ''] = position.split(':');
    const at = Number(place.split('.')[0]);
    expect(at).toBeGreaterThanOrEqual(last.get(partition) ?? 0);
    last.set(partition, at);
  }
}

describe('one who listens while the server is killed again and again', () => {
  test(`hears everything once, on the embedded store (SEED=${SEED})`, async () => {
    tellHowToRepeat('feed-resume.test.ts');
    await expectWholeFeed({ STORE: 'embedded', DATA_DIR: dir, PARTITIONS: '8' }, SEED);
  });

  test(`hears everything once, on Redis (SEED=${SEED})`, async () => {
    tellHowToRepeat('feed-resume.test.ts');
    redis = await startRedis();
    await expectWholeFeed({ REDIS_URL: redis.url }, SEED + 1);
  });
});

test('a server that is asked to end ends its streams, and is not held up by them', async () => {
  const server = await ServerProcess.start({ STORE: 'embedded', DATA_DIR: dir });
  node = server;
  const stream = await LiveClient.open(`${await server.url}/v1/events`);
  expect(await server.terminate()).toBe(0);
  await expect.poll(() => stream.isEnded).toBe(true);
  // It was ended, and not cut off as clients are in the end that do not end themselves.
  expect(stream.response.complete).toBe(true);
});
