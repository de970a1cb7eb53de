/** The servers that are measured, each a process with a store of its own. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { nextMessage, startNode, stop } from './children.ts';
import { register } from './commands.ts';
import { freePort, RedisServer, temporaryDirectory } from './redis.ts';

const START_MS_MAX = 20_000;

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

/** Starts Everstate as it is shipped, and registers so many accounts. */
export async function startEverstate(store: StoreName, accounts: number): Promise<Target> {
  const redis = store === 'redis' ? await RedisServer.start() : null;
  const port = await freePort();
  const child = startNode(new URL('../../../src/main.js', import.meta.url), [], {
    PORT: String(port),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    STORE: store,
    DATA_DIR: temporaryDirectory(),
    ...(redis && { REDIS_URL: `redis://127.0.0.1:${redis.port}` }),
  });
  await ready(port, child);
  const started = target({ name: store, port, child, redis, accounts: 0 });
  await register(started, accounts);
  return started;
}

function target(parts: {
  name: TargetName;
  port: number;
  child: ChildProcess;
  redis: RedisServer | null;
  accounts: number;
}): Target {
  const { child, redis, ...rest } = parts;
  return {
    ...rest,
    redis,
    pid: child.pid,
    async stop() {
      await stop(child);
      await redis?.stop();
    },
  };
}

async function ready(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (response?.ok) return;
    await pause(50);
  }
  throw new Error('Everstate did not start; it says why above');
}
