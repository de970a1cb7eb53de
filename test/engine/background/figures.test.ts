import { describe, expect, test } from 'vitest';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import type { NodeFate } from '../../support/simulated-nodes.ts';
import { HOUR_MS, openBusy } from './busy.ts';
import { holdCommits } from './office.ts';

const NOTHING = {
  lag: 0,
  inFlight: 0,
  retrying: 0,
  deadLetters: 0,
  timers: 0,
  oldestPendingMs: 0,
};

describe('the figures of a policy', () => {
  test('are nothing where nothing is to do, and say who holds the partitions', async () => {
    const { office, isIdle } = await openBusy();
    await office.write('a', 'stamps');
    await office.idle();
    const figures = await office.figures('busy');
    expect(figures).toMatchObject(NOTHING);
    expect(Object.values(figures.holders)).toEqual([4]);
    const other = await office.join();
    await office.time.advance(3_000);
    const { holders } = await office.figures('busy');
    expect(Object.values(holders).reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(Object.keys(holders)).toHaveLength(2);
    await other.stop();
    expect((await office.figures('busy')).holders).toEqual(figures.holders);
    expect(await isIdle()).toBe(true);
  });

  test('have what nobody has passed as lag, and its age', async () => {
    const { office, isIdle } = await openBusy();
    await office.node.stop();
    await office.write('a', 'stamps', 'stamps');
    await office.time.jump(5_000);
    await office.write('b', 'stamps');
    await office.time.jump(1_000);
    const { lag, oldestPendingMs } = await office.figures('busy');
    expect(lag).toBe(3);
    expect(oldestPendingMs).toBeGreaterThanOrEqual(6_000);
    expect(oldestPendingMs).toBeLessThan(6_100);
    expect(await isIdle()).toBe(false);
    await office.join();
    await office.idle();
    expect(await office.figures('busy')).toMatchObject(NOTHING);
  });

  test('have a command under way in flight, and its age', async () => {
    const { office, isIdle } = await openBusy();
    const release = holdCommits(office.node, 'stamps');
    await office.write('a', 'stamps');
    await office.time.advance(10_000);
    const figures = await office.figures('busy');
    expect(figures).toMatchObject({ ...NOTHING, inFlight: 1, oldestPendingMs: expect.any(Number) });
    expect(figures.oldestPendingMs).toBeGreaterThan(9_000);
    expect(await isIdle()).toBe(false);
    release();
    await office.idle();
    expect(await office.figures('busy')).toMatchObject(NOTHING);
  });

  test('have an effect under way in flight, and its age', async () => {
    const { office, world, isIdle } = await openBusy();
    await office.write('a', 'effect');
    await office.time.advance(10_000);
    const figures = await office.figures('busy');
    expect(figures).toMatchObject({ inFlight: 1, lag: 0 });
    expect(figures.oldestPendingMs).toBeGreaterThan(9_000);
    expect(await isIdle()).toBe(false);
    world.release();
    await office.idle();
    expect(await office.figures('busy')).toMatchObject(NOTHING);
  });

  test('have what crossed and nobody took in flight, and its age', async () => {
    const { office } = await openBusy();
    const { store } = office.nodes;
    const at = new Date(office.time.now()).toISOString();
    await office.node.stop();
    const row = { kind: 'retry', key: 'of no letter', at };
    await store.post({
      partition: 1,
      expected: [],
      rows: [{ table: 'inbox/busy', key: 'x', body: JSON.stringify(row), order: { kind: 'next' } }],
    });
    await office.time.jump(7_000);
    expect(await office.figures('busy')).toMatchObject({ inFlight: 1, oldestPendingMs: 7_000 });
  });

  test('count timers, which keep nobody from being idle until they are due', async () => {
    const { office, isIdle } = await openBusy();
    await office.write('a', 'wait');
    await office.idle();
    expect(await office.figures('busy')).toMatchObject({ ...NOTHING, timers: 1 });
    await office.node.stop();
    await office.time.jump(HOUR_MS + 4_000);
    expect(await isIdle()).toBe(false);
    const { oldestPendingMs } = await office.figures('busy');
    expect(oldestPendingMs).toBeGreaterThan(3_000);
    expect(oldestPendingMs).toBeLessThanOrEqual(4_000);
  });

  test('have what is tried again as retrying, since it came', async () => {
    const { office, isIdle } = await openBusy(100);
    const since = office.time.now();
    await office.write('a', 'broken');
    await office.time.advance(600_000);
    const { retrying, oldestPendingMs, deadLetters } = await office.figures('busy');
    expect({ retrying, deadLetters }).toEqual({ retrying: 1, deadLetters: 0 });
    expect(oldestPendingMs).toBeGreaterThan(office.time.now() - since - 1_000);
    expect(await isIdle()).toBe(false);
  });

  test('count dead letters, which keep nobody from being idle', async () => {
    const { office, isIdle } = await openBusy();
    await office.write('a', 'broken', 'stamps', 'stamps');
    await office.idle();
    await office.time.jump(HOUR_MS);
    expect(await office.figures('busy')).toMatchObject({ ...NOTHING, deadLetters: 1 });
    expect(await isIdle()).toBe(true);
  });

  test('show a store that takes no steps as pending ever longer', async () => {
    const { office } = await openBusy();
    office.node.fate = (method) => (method === 'step' ? 'request lost' : 'answered');
    await office.write('a', 'stamps');
    let before = -1;
    for (let minute = 0; minute < 3; minute++) {
      await office.time.advance(60_000);
      const { oldestPendingMs } = await office.figures('busy');
      expect(oldestPendingMs).toBeGreaterThanOrEqual(before + 60_000);
      before = oldestPendingMs;
    }
    office.node.fate = () => 'answered';
    await office.idle();
    expect(await office.stamps()).toEqual(['x']);
  });
});

test('idle is not said between an event and what it causes elsewhere', async () => {
  const { office, isIdle } = await openBusy();
  // Looked at before every write of the node that does it.
  const seen: boolean[] = [];
  office.node.fate = async (method): Promise<NodeFate> => {
    if (method === 'step' || method === 'commit') seen.push(await isIdle());
    return 'answered';
  };
  await office.write('a', 'stamps');
  await office.until(async () => (await office.stamps()).length === 1);
  await office.time.advance(DEFAULT_BACKGROUND_LIMITS.lingerMs * 4);
  expect(seen.length).toBeGreaterThan(2);
  expect(seen).not.toContain(true);
  expect(await isIdle()).toBe(true);
});
