/** The servers that are measured, each a process with a store of its own. */
import type { ChildProcess } from 'node:child_process';
import type { BackgroundLimits } from '../../../src/engine/background/limits.ts';
import type { Subscribed } from '../inner/subscribed.ts';
import { nextMessage, startNode, stop } from './children.ts';
import { register } from './commands.ts';
import { settle } from './policies.ts';
import { RedisServer, temporaryDirectory } from './redis.ts';

export type BareName = 'yardstick' | 'floor';
export type StoreName = 'redis' | 'embedded';
export type TargetName = BareName | StoreName;

export interface Target {
  readonly name: TargetName;
  readonly port: number;
  readonly pid: number | undefined;
  /** `null` for the embedded store. */
  readonly redis: RedisServer | null;
  /** How many accounts it holds. */
  accounts: number;
  /** Begins with what is subscribed; resolves when it has. */
  begin(): Promise<void>;
  /**
   * Waits until all who are subscribed, and have begun, are done with what was committed.
   * @returns how often it looked, each look being work of its own
   */
  settle(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the yardstick or the floor on a Redis of its own, with so many accounts in it. */
export async function startBare(name: BareName, accounts: number): Promise<Target> {
  const redis = await RedisServer.start();
  await redis.fillForBare(accounts);
  const child = startNode(new URL(`../bare/${name}.js`, import.meta.url), [String(redis.port)]);
  const { port } = await nextMessage<{ port: number }>(child);
  return target({ name, port, child, redis, accounts });
}

/** Starts Everstate with nothing subscribed, and registers so many accounts. */
export async function startEverstate(store: StoreName, accounts: number): Promise<Target> {
  const started = await startServer(store, 'nothing');
  await register(started, accounts);
  return started;
}

/** The same with these subscribers, who have begun and are done with the registrations. */
export async function startSubscribed(
  store: StoreName,
  accounts: number,
  subscribed: Subscribed,
): Promise<Target> {
  const started = await startServer(store, subscribed);
  await started.begin();
  await register(started, accounts);
  await started.settle();
  return started;
}

/** Starts Everstate with these subscribers, who have not begun, and without an account. */
export async function startServer(store: StoreName, subscribed: Subscribed): Promise<Target> {
  return startServerOn(
    store === 'redis' ? await RedisServer.start() : temporaryDirectory(),
    subscribed,
  );
}

/** Where a server's store is: a Redis, or the directory of an embedded store. */
export type Place = RedisServer | string;

/**
 * Starts Everstate on a store that may hold something.
 * @param limits of its background work, where they are not to be as usual
 */
export async function startServerOn(
  place: Place,
  subscribed: Subscribed,
  limits: Partial<BackgroundLimits> = {},
): Promise<Target> {
  const redis = typeof place === 'string' ? null : place;
  const store = redis === null ? 'embedded' : 'redis';
  const server = new URL('../inner/server.js', import.meta.url);
  const child = startNode(server, [JSON.stringify(subscribed), JSON.stringify(limits)], {
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    STORE: store,
    ...(typeof place === 'string' && { DATA_DIR: place }),
    ...(redis && { REDIS_URL: `redis://127.0.0.1:${redis.port}` }),
  });
  const { port } = await nextMessage<{ port: number }>(child);
  return target({ name: store, port, child, redis, accounts: 0 });
}

function target(parts: {
  name: TargetName;
  port: number;
  child: ChildProcess;
  redis: RedisServer | null;
  accounts: number;
}): Target {
  const { child, redis, ...rest } = parts;
  let hasBegun = false;
  return {
    ...rest,
    redis,
    pid: child.pid,
    async begin() {
      child.send('begin');
      await nextMessage(child);
      hasBegun = true;
    },
    async settle() {
      return hasBegun ? settle(rest.port) : 0;
    },
    async stop() {
      await stop(child);
      await redis?.stop();
    },
  };
}
