/** What an actor of a hundred thousand steps costs the store: a page costs a page, wherever it is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { parseRecord } from '../../src/engine/record.ts';
import type { Store, Trail, TurnId } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import type { HistoryPage, HistoryPages, PastState } from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { startTestServer, type TestServer } from '../http/harness.ts';
import { boxApp } from '../support/box/index.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { mustAccept, rowOf } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { look } from './store-world.ts';

const BOX = { type: 'box', id: 'long' };
const STEPS = 100_000;
/** Steps that are written in one commit: a shorter way than to send so many commands. */
const TOGETHER = 1_000;
/** Every so many carry their state. */
const SNAPSHOT_EVERY = 100;

/** What was asked of the store, and how many records it gave. */
let cost = { calls: 0, records: 0 };
let node: TestServer;

beforeAll(async () => {
  const store = createMemoryStore({ partitions: 1 });
  const counted = faultyStore(countingRecords(store), (method) => {
    // The node looks for commands that others left, whether somebody asks or not.
    if (method !== 'pendingAsync') cost.calls += 1;
    return 'answered';
  });
  const engine = createEngine({
    app: boxApp,
    store: counted,
    runtime: createSystemRuntime(),
    log: createTestLog(),
  });
  node = await startTestServer({ engine });
  await countOn(store, engine);
});
afterAll(() => node.close());

/** Goes on as the engine began: from its first step, all that follow are known. */
async function countOn(store: Store, engine: Engine): Promise<void> {
  await mustAccept(engine, 'Count', { box: BOX.id });
  const [first] = (await store.trail(BOX, null, 1)).records;
  const body = first?.body ?? '';
  const { state, lastTurn } = await rowOf(store, BOX.id);
  const stateAt = (total: number) =>
    (state ?? '')
      .replace('"version":1,"aggregate"', `"version":${total},"aggregate"`)
      .replace('"total":1,', `"total":${total},`);
  let expected = lastTurn;
  for (let done = 1; done < STEPS; ) {
    const count = Math.min(TOGETHER, STEPS - done);
    const records = Array.from({ length: count }, (_, index) => {
      const total = done + index + 1;
      const record = { ...parseRecord(body), version: total, commandId: `c${total}` };
      const events = [{ type: 'Counted', version: 1, data: { total } }];
      const snapshot = total % SNAPSHOT_EVERY === 0 ? stateAt(total) : null;
      return { body: JSON.stringify({ ...record, events }), snapshot };
    });
    done += count;
    const turnId = `turn${done}` as TurnId;
    const same = { view: null, held: null, entries: [], replies: [] };
    const commit = { actor: BOX, turnId, expected, state: stateAt(done), records, ...same };
    expect((await store.commit({ ...commit, recordCount: done })).kind).toBe('committed');
    expected = turnId;
  }
}

function countingRecords(store: Store): Store {
  return new Proxy(store, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      if (property !== 'trail') return member.bind(target);
      return async (...args: unknown[]): Promise<Trail> => {
        const trail: Trail = await Reflect.apply(member, target, args);
        cost.records += trail.records.length;
        return trail;
      };
    },
  });
}

/** Asks, and says what it cost. */
async function costing<T>(path: string): Promise<{ told: T; calls: number; records: number }> {
  cost = { calls: 0, records: 0 };
  return { told: await look<T>(node, `/actors/box/long${path}`), ...cost };
}

test('a page costs its hundred steps: the newest, one in the middle, and the oldest', async () => {
  const newest = await costing<HistoryPage>('/history');
  expect(newest.told).toMatchObject({ total: STEPS, steps: { length: 100 } });
  expect([newest.calls, newest.records]).toEqual([2, 100]);
  for (const from of [STEPS / 2, 100, 1]) {
    const { told, calls, records } = await costing<HistoryPage>(`/history?from=0:${from}`);
    const steps = Math.min(100, from);
    expect(told.steps.map(({ version }) => version)).toEqual(
      Array.from({ length: steps }, (_, index) => from - index),
    );
    expect([calls, records]).toEqual([1, steps]);
  }
});

test('where pages begin is looked for a bounded way at once, down to the first', async () => {
  const starts: string[] = [];
  for (let more = ''; ; ) {
    const { told, calls, records } = await costing<HistoryPages>(`/history/pages${more}`);
    expect(calls).toBeLessThanOrEqual(20);
    expect(records).toBeLessThanOrEqual(2_000);
    starts.push(...told.starts);
    if (told.next === null) break;
    more = `?from=${told.next}`;
  }
  expect(starts).toEqual(
    Array.from({ length: STEPS / 100 }, (_, page) => `0:${STEPS - 100 * page}`),
  );
});

test('travel to any step costs what lies since the nearest snapshot', async () => {
  for (const at of [1, 99, 100, 101, STEPS / 2, STEPS / 2 + 1, STEPS - 1, STEPS]) {
    const { told, calls, records } = await costing<PastState>(`/at/0:${at}`);
    const folded = at % 100 === 0 ? 100 : at % 100;
    expect(told).toMatchObject({
      before: { context: { total: at - 1 } },
      after: { context: { total: at } },
      folded,
      warning: null,
    });
    // The step itself, back to the snapshot, and the actor as it is now.
    expect(calls, `at ${at}`).toBeLessThanOrEqual(5);
    expect(records, `at ${at}`).toBeLessThanOrEqual(202);
  }
});
