/** What is written for the index: what changed, and for those alone who need it. */
import { expect, onTestFinished, test } from 'vitest';
import { askForListing, listOn, readListing } from '../../src/engine/actor-index/listing.ts';
import { actorRows, NAMED } from '../../src/engine/actor-index/tables.ts';
import { actorKey, partitionOf } from '../../src/engine/address.ts';
import { Pace } from '../../src/engine/background/pace.ts';
import type { RowPost, WorkStep } from '../../src/engine/work-store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { createFakeTime } from '../../src/testing/fake-time.ts';
import { deskApp } from '../support/desk/index.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { mustAccept } from '../support/node.ts';
import { pages, startIndexed } from './actor-index-world.ts';

const PARTITIONS = 3;

test('an actor that is as it was is not written again, and one that moved only where it moved', () => {
  const states = { box: ['open', 'shut'] };
  const before = { state: 'open', version: 3, at: 1_000 };
  const tablesAfter = (changed: Partial<typeof before>) =>
    actorRows(states, { type: 'box', id: 'b' }, before, { ...before, ...changed }).map(
      ({ table, body }) => (body === null ? `-${table}` : table),
    );
  expect(tablesAfter({})).toEqual([]);
  expect(tablesAfter({ version: 4 })).toEqual(['index/ids/box']);
  expect(tablesAfter({ at: 2_000 })).toEqual(['index/newest/box/open', 'index/ids/box']);
  expect(tablesAfter({ state: 'shut' })).toEqual([
    '-index/newest/box/open',
    'index/newest/box/shut',
    'index/ids/box',
  ]);
});

test('all actors are named to those partitions alone that are too far behind', async () => {
  const named = new Set<number>();
  const store = faultyStore(createMemoryStore({ partitions: PARTITIONS }), (method, args) => {
    if (method === 'post') {
      const { partition, rows } = args[0] as RowPost;
      if (rows.some(({ table }) => table === NAMED)) named.add(partition);
    }
    return 'answered';
  });
  const at = (desk: string) => partitionOf(actorKey({ type: 'desk', id: desk }), PARTITIONS);
  const desks = Array.from({ length: 60 }, (_, n) => `${n}`);
  const busy = desks.find((desk) => at(desk) === 2) ?? '';
  const node = await startIndexed(store, { app: deskApp([]), limits: { indexRecordsMax: 40 } });
  onTestFinished(() => node.engine.drain());
  for (const desk of desks) await mustAccept(node.engine, 'Write', { desk, text: 'a' });
  for (let n = 0; n < 60; n++) await mustAccept(node.engine, 'Write', { desk: busy, text: `${n}` });
  expect(await node.find()).toHaveLength(desks.length);
  expect([...named]).toEqual([2]);
  const { places } = await node.engine.inside.actorIndex.standing();
  expect(places.map((place) => place?.listing)).toEqual([0, 0, 1]);
});

test('who asks for a listing under way has it begin anew, for those who asked before, too', async () => {
  const store = createMemoryStore({ partitions: PARTITIONS });
  const none = { store, types: ['desk'], limit: 10, take: async () => true };
  expect(await askForListing(store, ['desk'], 1)).toBe(1);
  expect(await askForListing(store, ['desk'], 1)).toBe(1);
  expect(await askForListing(store, ['desk'], 2)).toBe(1);
  await listOn(none);
  expect(await askForListing(store, ['desk'], 0)).toBe(2);
  expect((await readListing(store)).next).toMatchObject({ isBegun: false, partitions: [1, 2, 0] });
  while (await listOn(none));
  expect(await askForListing(store, ['desk'], 2)).toBe(3);
  expect((await readListing(store)).next).toMatchObject({ partitions: [2] });
});

test('a listing does not go on where its own partition was not written', async () => {
  const store = createMemoryStore({ partitions: 1 });
  const node = await startIndexed(store, { app: deskApp([]) });
  await mustAccept(node.engine, 'Write', { desk: 'a', text: 'a' });
  await node.engine.drain();
  await askForListing(store, ['desk'], 0);
  const taken: string[] = [];
  const listing = (isWritten: boolean) => ({
    store,
    types: ['desk'],
    limit: 10,
    take: async (names: readonly string[]) => {
      taken.push(...names);
      return isWritten;
    },
  });
  await listOn(listing(true));
  const { next } = await readListing(store);
  expect(await listOn(listing(false))).toBe(false);
  expect((await readListing(store)).next).toEqual(next);
  await listOn(listing(true));
  expect(taken).toEqual(['desk:a', 'desk:a']);
  expect((await readListing(store)).next).not.toEqual(next);
});

test('an actor that changed often since the last page is written once', async () => {
  const written: string[] = [];
  const store = faultyStore(createMemoryStore({ partitions: 1 }), (method, args) => {
    if (method === 'step') {
      const { rows } = args[0] as WorkStep;
      written.push(...rows.filter(({ table }) => table === 'index/ids/desk').map(({ key }) => key));
    }
    return 'answered';
  });
  const node = await startIndexed(store, { app: deskApp([]), limits: { indexPage: 100 } });
  onTestFinished(() => node.engine.drain());
  for (let n = 0; n < 80; n++) await mustAccept(node.engine, 'Write', { desk: 'a', text: `${n}` });
  await node.rest();
  expect(await pages(node.engine, {})).toMatchObject([{ id: 'a', version: 80 }]);
  expect(written).toEqual(['a']);
});

test('pages come one after another where a node is idle, and at intervals where it is busy', async () => {
  const time = createFakeTime();
  let busyMs = 0;
  const pace = new Pace({ ...time.runtime(), busyMs: () => busyMs }, 80);
  const { signal } = new AbortController();
  /** How long so many pages take, which are made in no time. */
  const take = async (pages: number, busyShare: number) => {
    const from = time.now();
    for (let page = 0; page < pages; page++) {
      const before = time.now();
      let isOver = false;
      const waiting = pace.wait(signal).then(() => {
        isOver = true;
      });
      while (!isOver) await time.advance(1);
      await waiting;
      busyMs += busyShare * (time.now() - before);
    }
    return time.now() - from;
  };
  // How busy it is shows with time.
  for (const [busyShare, isSlow] of [
    [0, false],
    [1, true],
    [0.5, false],
  ] as const) {
    await take(300, busyShare);
    const tookMs = await take(20, busyShare);
    if (isSlow) expect(tookMs).toBeGreaterThan(1_500);
    else expect(tookMs).toBeLessThan(100);
  }
});
