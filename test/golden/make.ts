/**
 * Makes the fixtures of this version: `npx tsx test/golden/make.ts v1`. The same code makes the same
 * files, to the letter. Those of a version that was released are never made again.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { Store } from '../../src/engine/store.ts';
import { LAYOUT } from '../../src/storage/kv/keys.ts';
import { KeyValueStore } from '../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../src/storage/memory/index.ts';
import { openRedisStore } from '../../src/storage/open.ts';
import { startRedis } from '../support/redis.ts';
import { SimulatedNodes } from '../support/simulated-nodes.ts';
import { dumpRedis } from './redis-dump.ts';
import { enact, KEPT_MS, readAll } from './scenario.ts';
import { goldenApp } from './v1/app.ts';

const PARTITIONS = 4;

interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** A store that writes down every call that changes it. */
function recorded(store: Store, now: () => number, calls: Call[]): Store {
  const written = ['commit', 'swapClaim', 'fenceClaim', 'putAsync', 'finishAsync', 'subscribe'];
  written.push('swapLease', 'step', 'post', 'transfer', 'fetch');
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        const isWrite = written.includes(String(name));
        const args = isWrite ? lasting(String(name), given) : given;
        if (isWrite) calls.push({ method: String(name), args: dated(args, now()) as unknown[] });
        return Reflect.apply(member, target, args);
      };
    },
  });
}

/** The same with short lives made long. */
function lasting(method: string, args: readonly unknown[]): unknown[] {
  if (method === 'finishAsync') return [...args.slice(0, 2), KEPT_MS];
  const text = JSON.stringify(args).replace(/"ttlMs":\d+/g, `"ttlMs":${KEPT_MS}`);
  return JSON.parse(text) as unknown[];
}

/** The same with due times in the place of delays. */
function dated(value: unknown, now: number): unknown {
  if (Array.isArray(value)) return value.map((each) => dated(each, now));
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value && value.kind === 'in' && 'ms' in value) {
    return { kind: 'at', at: now + Number(value.ms) };
  }
  const entries = Object.entries(value).map(([name, member]) => [name, dated(member, now)]);
  return Object.fromEntries(entries);
}

async function dumpWith(calls: readonly Call[]): Promise<string[]> {
  const server = await startRedis();
  const redis = new Redis(server.url);
  try {
    const store = await openRedisStore({ url: server.url, partitions: PARTITIONS });
    for (const { method, args } of calls) {
      const member: unknown = Reflect.get(store, method);
      if (typeof member === 'function') await Reflect.apply(member, store, args);
    }
    await store.close();
    return await dumpRedis(redis);
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

const [version = ''] = process.argv.slice(2);
const dir = fileURLToPath(new URL(`./${version}/`, import.meta.url));
await mkdir(dir, { recursive: true });

const world = {
  isBroken: true,
  ask: (question: string) =>
    question === 'ask badly'
      ? Promise.reject(new Error('nobody answers'))
      : new Promise<string>(() => {}),
};
const app = goldenApp(world);
const nodes = new SimulatedNodes({ partitions: PARTITIONS });
const { now } = nodes.time;
const calls: Call[] = [];
const backing = new MemoryBacking(now);
Object.assign(nodes, { store: recorded(new KeyValueStore(backing, PARTITIONS, now), now, calls) });
await enact(nodes, app);

const range = { from: ' ', before: '~', reverse: false, limit: Number.POSITIVE_INFINITY };
const pairs = [...backing.committed.range(range)];
const meta = ['m', JSON.stringify({ layout: LAYOUT, partitions: PARTITIONS })];
const made = [...calls];
const reader = nodes.make(app);
const expected = await nodes.run(readAll(app, reader.engine, nodes.store));
const lines = (values: readonly unknown[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');
await writeFile(`${dir}key-value.jsonl`, lines([...pairs, meta]));
await writeFile(`${dir}redis.jsonl`, (await dumpWith(made)).map((line) => `${line}\n`).join(''));
await writeFile(`${dir}expected.json`, `${JSON.stringify(expected, null, 2)}\n`);
process.exit(0);
