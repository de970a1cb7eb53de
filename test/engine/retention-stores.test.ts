/** History is trimmed on every store while whole engines run, and all goes on. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { partitionOf } from '../../src/engine/address.ts';
import type { RetentionSettings } from '../../src/engine/background/retention.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { mustAccept } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { openStore } from '../support/stores.ts';
import { counted, feeds, historyApp, olderApp, seenOn } from './history-world.ts';

const HOUR_MS = 60 * 60 * 1_000;
const PARTITIONS = 3;
const KEPT = 20;
const DESKS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A node whose clock is hours behind the store's, so that to the store its records are old. */
async function start(
  store: Store,
  retention: RetentionSettings,
  app = historyApp(),
  behindMs = 3 * HOUR_MS,
): Promise<Engine> {
  const now = () => Date.now() - behindMs;
  const engine = createEngine({
    app,
    store,
    runtime: { ...createSystemRuntime(), now },
    log: createTestLog(),
    retention,
    backgroundLimits: { trimMs: 40, trimPage: 32, trimPauseMs: 1 },
    strict: true,
  });
  onTestFinished(() => engine.drain());
  await engine.start();
  return engine;
}

const idle = (engine: Engine) =>
  expect.poll(async () => (await engine.policies()).idle, { timeout: 60_000 }).toBe(true);

async function write(engine: Engine, texts: number, name = ''): Promise<void> {
  for (const desk of DESKS) {
    for (let n = 0; n < texts; n++) {
      await mustAccept(engine, 'Write', { desk, text: `${name}${desk}${n}` });
    }
  }
  await idle(engine);
}

/** Waits until all feeds are as short as they are to be. */
const short = (store: Store, kept: number) =>
  expect
    .poll(
      async () =>
        (await feeds(store)).every((feed) => feed.trimmed === Math.max(0, feed.head - kept)),
      {
        timeout: 60_000,
      },
    )
    .toBe(true);

const partitionOfDesk = (desk: string) => partitionOf(`desk:${desk}`, PARTITIONS);

describe.each(['memory', 'embedded', 'redis'] as const)('on %s', (kind) => {
  const opening = () => openStore(kind, PARTITIONS);

  test('history goes by count, and everything goes on', async () => {
    const store = await opening();
    const engine = await start(store, { keepMs: null, keepRecords: KEPT });
    await write(engine, 25);
    await short(store, KEPT);
    // Commands, policies, projections.
    await write(engine, 5, 'again ');
    await short(store, KEPT);
    expect(await seenOn(store, 'stamps')).toHaveLength(DESKS.length * 30);
    expect(await seenOn(store, 'a')).toHaveLength(30);
    expect(Object.values(await counted(engine))).toEqual(DESKS.map(() => 30));
    // Trails.
    const trail = await engine.trail({ type: 'desk', id: 'stamps' }, { limit: 200, before: null });
    expect(trail?.isTrimmed).toBe(true);
    expect(trail?.items.length).toBeGreaterThan(0);
    // Reads that follow writes.
    const [head = 0] = await store.heads();
    const { signal } = new AbortController();
    const place = { partition: 0, position: head };
    expect(await engine.untilPassed([place], 5_000, signal)).toBe('passed');
    // The live feed, from the beginning.
    const partition = partitionOfDesk('a');
    const feed = (await feeds(store))[partition];
    const stream = await engine.follow({
      types: null,
      actor: { type: 'desk', id: 'a' },
      after: `${partition}:1.0`,
      beatMs: 1_000,
    });
    const news = await stream.next();
    stream.close();
    expect(news).toMatchObject({
      kind: 'gap',
      gap: {
        partition,
        after: `${partition}:0`,
        before: `${partition}:${(feed?.trimmed ?? 0) + 1}`,
      },
    });
  });

  test('history goes by age, and what is younger stays', async () => {
    const store = await opening();
    const old = await start(store, { keepMs: 2 * HOUR_MS, keepRecords: null });
    await write(old, 20);
    const before = await store.heads();
    // All is old but what comes now: the last sixteen that are old stay too.
    await old.drain();
    const later = await start(store, { keepMs: 2 * HOUR_MS, keepRecords: null }, undefined, 0);
    await write(later, 10);
    await expect
      .poll(async () => (await feeds(store)).map(({ trimmed }) => trimmed))
      .toEqual(before.map((head) => head - 16));
    expect(await seenOn(store, 'stamps')).toHaveLength(DESKS.length * 30);
  });

  test('nothing goes that one who halts, or one who is gone, has not passed', async () => {
    const store = await opening();
    const broken = { isBroken: false };
    const before = await start(store, { keepMs: null, keepRecords: KEPT }, olderApp());
    await write(before, 12);
    await before.drain();
    const heads = await store.heads();
    const engine = await start(store, { keepMs: null, keepRecords: KEPT }, historyApp(broken));
    broken.isBroken = true;
    await mustAccept(engine, 'Write', { desk: 'a', text: 'bad' });
    for (let n = 0; n < 60; n++) await mustAccept(engine, 'Write', { desk: 'a', text: `${n}` });
    const partition = partitionOfDesk('a');
    const held = heads[partition] ?? 0;
    await expect
      .poll(async () => (await feeds(store))[partition]?.checkpoints.counting)
      .toBeGreaterThanOrEqual(held + 61);
    // Another trims with all its might.
    expect(await store.trim(partition, 100_000)).toBeLessThanOrEqual(held);
    broken.isBroken = false;
    await idle(engine);
    expect(await engine.removeSubscriber('once')).toBe('in_use');
    await expect.poll(async () => (await feeds(store))[partition]?.trimmed).toBe(held);
    expect(await engine.removeSubscriber('former')).toBe('removed');
    await short(store, KEPT);
    expect(await seenOn(store, 'a')).toHaveLength(12 + 61);
  });

  test('a node that comes later goes on where history is gone', async () => {
    const store = await opening();
    const first = await start(store, { keepMs: null, keepRecords: KEPT });
    await write(first, 20);
    await short(store, KEPT);
    const second = await start(store, { keepMs: null, keepRecords: KEPT });
    await write(second, 5, 'with two ');
    await first.drain();
    await write(second, 5, 'with one ');
    await short(store, KEPT);
    await second.drain();
    const third = await start(store, { keepMs: null, keepRecords: KEPT });
    await write(third, 5, 'anew ');
    await short(store, KEPT);
    expect(await seenOn(store, 'stamps')).toHaveLength(DESKS.length * 35);
    expect(Object.values(await counted(third))).toEqual(DESKS.map(() => 35));
    expect((await third.deadLetters({ limit: 10, cursor: null })).items).toEqual([]);
  });

  test('all of it may go: what comes after is passed as ever', async () => {
    const store = await opening();
    const first = await start(store, { keepMs: null, keepRecords: null });
    await write(first, 5);
    const actor = { type: 'desk', id: 'a' };
    const page = await first.trail(actor, { limit: 2, before: null });
    expect(page).toMatchObject({ next: expect.any(String), isTrimmed: false });
    await first.drain();
    const heads = await store.heads();
    for (const [partition, head] of heads.entries()) {
      expect(await store.trim(partition, head)).toBe(head);
    }
    const second = await start(store, { keepMs: null, keepRecords: null });
    expect(await store.heads()).toEqual(heads);
    for (const before of [page?.next ?? null, null]) {
      const left = await second.trail(actor, { limit: 2, before });
      expect(left).toEqual({ items: [], next: null, isTrimmed: true });
    }
    await write(second, 5, 'anew ');
    expect(await seenOn(store, 'stamps')).toHaveLength(DESKS.length * 10);
    expect(Object.values(await counted(second))).toEqual(DESKS.map(() => 10));
  });
});
