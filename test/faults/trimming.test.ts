import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { counted, feeds, seenOn } from '../engine/history-world.ts';
import { endsWithTests } from '../support/children.ts';
import { startRedis } from '../support/redis.ts';
import { temporaryDir } from '../support/stores.ts';
import { randomFrom, SEED, tellHowToRepeat } from './seed.ts';
import { DESKS, KEPT, openStore, startEngine } from './trimming/world.ts';

const PROGRAM = fileURLToPath(new URL('./trimming/node.ts', import.meta.url));
/** `KILLS=50` for a long run. */
const KILLS = Number(process.env.KILLS ?? 2);

vi.setConfig({ testTimeout: 120_000 });

async function placeOn(kind: string): Promise<string> {
  if (kind === 'redis') {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    return redis.url;
  }
  return temporaryDir();
}

/** Runs a node until it has trimmed so often, and ends it as it trims. @returns what it has */
async function runUntilTrim(place: string, name: string, trims: number): Promise<string[]> {
  const arguments_ = ['--import', 'tsx', PROGRAM, place, name];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const node: ChildProcess = endsWithTests(
    spawn(process.execPath, arguments_, { stdio: [...stdio] }),
  );
  const ended = once(node, 'close');
  const has: string[] = [];
  let left = trims;
  if (!node.stdout) throw new Error('it says nothing');
  for await (const line of createInterface({ input: node.stdout })) {
    if (line.startsWith('has ')) has.push(line.slice('has '.length));
    if (line === 'trims' && --left === 0) node.kill('SIGKILL');
  }
  await ended;
  expect(node.signalCode).toBe('SIGKILL');
  return has;
}

test.each(['embedded', 'redis'])(
  `killed while it trims under load, a node loses nothing and does nothing twice: %s (SEED=${SEED})`,
  async (kind) => {
    tellHowToRepeat('trimming.test.ts');
    const random = randomFrom(SEED);
    const place = await placeOn(kind);
    const has: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      has.push(...(await runUntilTrim(place, `${kill}`, 5 + Math.floor(random() * 25))));
    }
    const store = await openStore(place);
    onTestFinished(() => store.close());
    const engine = await startEngine(store);
    onTestFinished(() => engine.drain());
    const isShort = async () =>
      (await engine.policies()).idle &&
      (await feeds(store)).every(({ head, trimmed }) => trimmed === Math.max(0, head - KEPT));
    await expect.poll(isShort, { timeout: 60_000 }).toBe(true);

    const seen = await Promise.all(DESKS.map((desk) => seenOn(store, desk)));
    const written = DESKS.flatMap((desk, n) => (seen[n] ?? []).map((text) => `${desk} ${text}`));
    expect(has.filter((text) => !written.includes(text))).toEqual([]);
    expect(new Set(written).size).toBe(written.length);
    // Policies: a stamp for each, and each counted, once.
    expect(await seenOn(store, 'stamps')).toEqual(seen.flat().sort());
    const sum = Object.values(await counted(engine)).reduce((all, count) => all + count, 0);
    expect(sum).toBe(written.length);
    expect((await engine.deadLetters({ limit: 10, cursor: null })).items).toEqual([]);
    // The feed: nothing missing after what was trimmed.
    for (const [partition, { head, trimmed }] of (await feeds(store)).entries()) {
      const records = await store.readFeed(partition, 0, 1_000);
      const places = Array.from({ length: head - trimmed }, (_, n) => trimmed + 1 + n);
      expect(records.map(({ position }) => position)).toEqual(places);
      expect(trimmed).toBeGreaterThan(0);
    }
  },
);
