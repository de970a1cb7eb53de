/** Whatever commands came: at rest, the index of actors finds what the feed says, on every store. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { definePolicy } from '../../src/define/index.ts';
import { LISTING, ONE } from '../../src/engine/actor-index/tables.ts';
import { actorKey } from '../../src/engine/address.ts';
import { surveyAll } from '../../src/engine/partitions.ts';
import type { Store } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { randomFrom, SEED } from '../faults/seed.ts';
import { deskApp, onWritten, stampOnce } from '../support/desk/index.ts';
import { countingStore } from '../support/faulty-store.ts';
import { mustAccept } from '../support/node.ts';
import { openStore, type StoreKind } from '../support/stores.ts';
import {
  folded,
  IDS,
  type IndexedNode,
  inOrder,
  pages,
  play,
  records,
  startIndexed,
} from './actor-index-world.ts';

const PARTITIONS = 3;
const COMMANDS = 60;

const opening = (kind: StoreKind) => openStore(kind, PARTITIONS);

async function start(...args: Parameters<typeof startIndexed>): Promise<IndexedNode> {
  const node = await startIndexed(...args);
  onTestFinished(() => node.engine.drain());
  return node;
}

/** How often all actors were named. */
async function listings({ engine }: IndexedNode): Promise<number> {
  const { places } = await engine.inside.actorIndex.standing();
  return Math.max(...places.map((place) => place?.listing ?? 0));
}

/** Every search finds what the feed says. */
async function compare(node: IndexedNode, store: Store): Promise<void> {
  const found = await node.find();
  const all = folded(await records(store));
  expect(found).toEqual(all);
  const byId = all.toSorted((a, b) => inOrder(a.id, b.id));
  const oldest = all.toReversed();
  for (const state of ['active', 'registered.deactivated', 'registered', 'act']) {
    const isIn = (text: string) => text.split('.').includes(state.split('.').at(-1) ?? '');
    const inState = all.filter((actor) => isIn(actor.state));
    expect(await pages(node.engine, { state })).toEqual(inState);
  }
  for (const text of ['', 'a', 'ab', 'b-', 'B', '__p', 'nobody']) {
    const expected = byId.filter(({ id }) => id.startsWith(text));
    expect(await pages(node.engine, { id: { text, isPrefix: true } })).toEqual(expected);
    const own = byId.filter(({ id }) => id === text);
    if (text !== '')
      expect(await pages(node.engine, { id: { text, isPrefix: false } })).toEqual(own);
  }
  expect(await pages(node.engine, { restMs: 0 })).toEqual(oldest);
  expect(await pages(node.engine, { restMs: 3_600_000 })).toEqual([]);
  const { actorIndex } = node.engine.inside;
  const counts = await actorIndex.counts(['account'], await actorIndex.standing());
  const states: Record<string, number> = {};
  for (const { state } of all) states[state] = (states[state] ?? 0) + 1;
  expect(Object.fromEntries(counts.map(({ state, count }) => [state, count]))).toEqual(states);
  expect(node.log.errors).toEqual([]);
}

describe.each(['memory', 'embedded', 'redis'] as const)('the index of actors on %s', (kind) => {
  test('finds what the feed says, while it is kept up and when it is begun again', async () => {
    const store = await opening(kind);
    const random = randomFrom(SEED);
    const node = await start(store);
    await play(node.engine, random, COMMANDS);
    await compare(node, store);
    await play(node.engine, random, COMMANDS);
    await compare(node, store);
    await node.engine.drain();
    const next = await start(store);
    await play(next.engine, random, COMMANDS);
    await compare(next, store);
  });

  test('finds what was recorded while nobody looked, passed or named', async () => {
    const store = await opening(kind);
    const random = randomFrom(SEED + 1);
    const node = await start(store, { limits: { indexRecordsMax: 20, traceRecordsMax: 9 } });
    await play(node.engine, random, 2 * COMMANDS);
    await compare(node, store);
    expect(await listings(node)).toBeGreaterThan(0);
    await node.engine.drain();
    const other = await start(store, { limits: { indexWantedMs: 1 } });
    await play(other.engine, random, 2 * COMMANDS);
    await other.engine.drain();
    const last = await start(store, { limits: { indexRecordsMax: 20, traceRecordsMax: 9 } });
    await compare(last, store);
  });

  test('finds by a correlation id what was recorded of late', async () => {
    const store = await opening(kind);
    const node = await start(store, { limits: { traceRecordsMax: 3 * PARTITIONS } });
    await play(node.engine, randomFrom(SEED + 2), COMMANDS);
    await node.rest();
    const { actorIndex } = node.engine.inside;
    const feed = await records(store);
    const found = new Set<string>();
    for (const { correlationId } of feed) {
      const { records: traced, isCut } = await actorIndex.trace(correlationId);
      expect(isCut).toBe(false);
      for (const { record } of traced) {
        expect(record.correlationId).toBe(correlationId);
        found.add(record.commandId);
      }
    }
    // The last of each partition, and what belongs to the same trace.
    expect(found.size).toBeGreaterThanOrEqual(3 * PARTITIONS);
    expect(found.size).toBeLessThan(feed.length);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { head } = await store.survey(partition, []);
      const last = await store.readFeed(partition, head - 3, 3);
      for (const { body } of last) expect(found).toContain(JSON.parse(body).commandId);
    }
    expect((await actorIndex.trace('nothing')).records).toEqual([]);
  });
});

test('actors whose history was trimmed are found too, without a time where none is left', async () => {
  const store = await opening('memory');
  const node = await start(store);
  await play(node.engine, randomFrom(SEED + 4), 2 * COMMANDS);
  await expect.poll(async () => (await node.engine.policies()).idle).toBe(true);
  const all = folded(await records(store));
  for (const [partition, head] of (await store.heads()).entries()) {
    expect(await store.trim(partition, head - 2)).toBe(head - 2);
  }
  const left = new Set((await records(store)).map(({ actor }) => actor));
  const found = await node.find({ id: { text: '', isPrefix: true } });
  const kept = all.map((each) => (left.has(actorKey(each)) ? each : { ...each, at: 0 }));
  expect(found).toEqual(kept.toSorted((a, b) => inOrder(a.id, b.id)));
  expect(found.some(({ at }) => at === 0)).toBe(true);
  expect(await listings(node)).toBeGreaterThan(0);
});

test('an index that is further than every policy has lost nothing when it is taken up again', async () => {
  const store = await opening('memory');
  const once = definePolicy({ name: 'once', machine: stampOnce, on: onWritten });
  const options = { app: deskApp([once]), limits: { feedPage: 4, pauseLookMs: 1 } };
  const untilIndexed = async ({ engine: { inside } }: IndexedNode) => {
    await inside.actorIndex.want();
    await expect.poll(async () => (await inside.actorIndex.standing()).lag).toBe(0);
  };
  const first = await start(store, options);
  await first.engine.pausePolicy('once');
  await untilIndexed(first);
  for (let n = 0; n < 60; n++) await mustAccept(first.engine, 'Write', { desk: `${n}`, text: 'a' });
  await untilIndexed(first);
  await first.engine.drain();
  const next = await start(store, options);
  await mustAccept(next.engine, 'Write', { desk: 'last', text: 'a' });
  await untilIndexed(next);
  expect(await pages(next.engine, {})).toHaveLength(61);
  expect(await listings(next)).toBe(0);
});

test('of a trace that is long, the beginning and the end are found, and that it is cut is said', async () => {
  const store = await openStore('memory', 1);
  const node = await start(store, { app: deskApp([]), limits: { indexPage: 64 } });
  const { actorIndex } = node.engine.inside;
  await actorIndex.want();
  const traceId = 'abc'.padStart(32, '0');
  for (let n = 0; n < 700; n++) {
    await mustAccept(node.engine, 'Write', { desk: 'a', text: `${n}` }, { traceId });
  }
  await expect.poll(async () => (await actorIndex.standing()).lag).toBe(0);
  const { records: found, isCut } = await actorIndex.trace(traceId);
  const texts = found.map(({ record }) => Object(record.command.data).text);
  const from = (first: number) => Array.from({ length: 250 }, (_, n) => `${first + n}`);
  expect(texts).toEqual([...from(0), ...from(450)]);
  expect(isCut).toBe(true);
});

test('of a trace that is long in many partitions, each has its share', async () => {
  const store = await openStore('memory', 4);
  const node = await start(store, { app: deskApp([]), limits: { indexPage: 64 } });
  const { actorIndex } = node.engine.inside;
  await actorIndex.want();
  const traceId = 'abc'.padStart(32, '0');
  for (let n = 0; n < 800; n++) {
    await mustAccept(node.engine, 'Write', { desk: `${n}`, text: '' }, { traceId });
  }
  await expect.poll(async () => (await actorIndex.standing()).lag).toBe(0);
  const { records: found, isCut } = await actorIndex.trace(traceId);
  const counts = [0, 1, 2, 3].map((each) => found.filter(({ partition }) => partition === each));
  expect(counts.map(({ length }) => length)).toEqual([125, 125, 125, 125]);
  const actors = found.map(({ record }) => record.actor);
  for (const each of ['desk:0', 'desk:799']) expect(actors).toContain(each);
  expect(isCut).toBe(true);
});

test('an index whose listing is lost has all actors named once more', async () => {
  const store = await opening('memory');
  const options = { limits: { indexRecordsMax: 20, traceRecordsMax: 9 } };
  const before = await start(store, { limits: { indexWantedMs: 1 } });
  await play(before.engine, randomFrom(SEED + 5), 2 * COMMANDS);
  await before.engine.drain();
  // Looked at for the first time: it is too far behind to pass the feed.
  const first = await start(store, options);
  await first.engine.inside.actorIndex.want();
  await expect.poll(() => listings(first)).toBeGreaterThan(0);
  await first.engine.drain();
  // The first partition lost its end: nobody names those that the listing had not come to.
  const gone = { table: LISTING, key: ONE, body: null, order: null };
  await store.post({ partition: 0, expected: [], rows: [gone] });
  const next = await start(store, options);
  await compare(next, store);
});

test('two nodes keep one index, and a third one when both are gone', async () => {
  const store = await opening('memory');
  const random = randomFrom(SEED + 3);
  const [one, other] = [await start(store), await start(store)];
  await one.rest();
  await Promise.all([play(one.engine, random, COMMANDS), play(other.engine, random, COMMANDS)]);
  await compare(other, store);
  await Promise.all([one.engine.drain(), play(other.engine, random, COMMANDS)]);
  await compare(other, store);
  await other.engine.drain();
  const third = await start(store);
  await play(third.engine, random, COMMANDS);
  await compare(third, store);
});

test('nothing is read or written for it while nobody looks', async () => {
  const calls = async (looks: boolean) => {
    const counted = countingStore(createMemoryStore({ partitions: PARTITIONS }));
    const node = await start(counted.store);
    if (looks) await node.engine.inside.actorIndex.want();
    for (const accountId of IDS) {
      const username = `user_${IDS.indexOf(accountId)}`;
      const body = { accountId, email: `${username}@example.org`, username };
      await node.engine.submit(commandOf(node, body), { principal: 'test' });
    }
    if (looks) await node.rest();
    else await expect.poll(async () => (await node.engine.policies()).idle).toBe(true);
    const tables = ['index/ids/account', 'index/place', 'index/traces'];
    const surveys = await surveyAll(counted.store, tables);
    const rows = surveys.flatMap(({ tables }) => tables).reduce((sum, each) => sum + each.rows, 0);
    return { rows, looks: counted.calls.actors ?? 0 };
  };
  const unseen = await calls(false);
  const seen = await calls(true);
  expect(unseen.rows).toBe(0);
  expect(seen.rows).toBeGreaterThan(2 * IDS.length);
  expect(unseen.looks).toBe(0);
  expect(seen.looks).toBeGreaterThan(0);
});

function commandOf(node: IndexedNode, body: object) {
  const validation = node.engine.validate('RegisterAccount', body);
  if (!validation.ok) throw new Error('the command breaks its schema');
  return validation.command;
}
