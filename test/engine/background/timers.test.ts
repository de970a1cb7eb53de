import { describe, expect, test } from 'vitest';
import { Office } from './office.ts';
import { app, broken, dueAt, goTo, HOUR_MS, waiting, YEAR_MS } from './waiter.ts';

describe('a timer', () => {
  test('fires once, when it is due and not before', async () => {
    const { office, dueAt } = await waiting();
    await goTo(office, dueAt - 1);
    expect(await office.figures('waiter')).toMatchObject({ timers: 1 });
    expect(await office.stamps()).toEqual([]);
    await office.time.advance(1);
    await office.idle();
    expect(await office.stamps()).toEqual(['over']);
    await office.time.jump(100 * YEAR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual(['over']);
    expect(await office.figures('waiter')).toMatchObject({ timers: 0 });
  });

  test('never fires for a state that was left', async () => {
    const { office } = await waiting('stop');
    expect(await office.rows('timer/waiter')).toBe(0);
    await office.time.jump(YEAR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
  });

  test('begins anew with every visit to its state, and the earlier one is stale', async () => {
    const { office, dueAt: first } = await waiting();
    await goTo(office, first - HOUR_MS / 2);
    await office.write('a', 'again');
    await office.idle();
    const second = await dueAt(office);
    expect(second - first).toBeGreaterThanOrEqual(HOUR_MS / 2);
    await goTo(office, second - 1);
    expect(await office.stamps()).toEqual([]);
    await office.time.advance(1);
    await office.idle();
    expect(await office.stamps()).toEqual(['over']);
  });

  test('that was left and entered again counts from the second visit', async () => {
    const { office, dueAt: first } = await waiting('stop', 'again');
    await goTo(office, first);
    await office.idle();
    expect(await office.stamps()).toEqual(['over']);
    expect(await office.rows('timer/waiter')).toBe(0);
  });

  test('is late rather than lost when no node runs, and fires once', async () => {
    const { office } = await waiting();
    await office.node.stop();
    await office.time.jump(YEAR_MS);
    await Promise.all([office.join(), office.join()]);
    await office.idle();
    expect(await office.stamps()).toEqual(['over']);
  });

  test.each(['dies before', 'dies after'] as const)(
    'fires once if its node %s the step that takes it',
    async (fate) => {
      const { office, dueAt } = await waiting();
      office.node.fate = (method) => (method === 'step' ? fate : 'answered');
      await goTo(office, dueAt);
      await office.join();
      await office.idle();
      expect(await office.stamps()).toEqual(['over']);
    },
  );

  test('goes by the store’s clock, whatever the node’s says', async () => {
    const office = new Office(app);
    await office.join(app, { clockAheadMs: YEAR_MS });
    await office.write('a', 'start');
    await office.idle();
    const due = await dueAt(office);
    expect(due - office.time.now()).toBeLessThanOrEqual(HOUR_MS);
    await goTo(office, due - 1);
    expect(await office.stamps()).toEqual([]);
    await office.time.advance(1);
    await office.idle();
    expect(await office.stamps()).toEqual(['over']);
  });

  test.each([
    ['leaves its state', 'stop', 'stopped'],
    ['enters its state again', 'again', 'waiting'],
  ])('that waits behind a message that fails is stale when that %s', async (_, word, state) => {
    const { office, dueAt: first } = await waiting();
    broken.isBroken = true;
    await goTo(office, first - 100);
    await office.write('a', `broken ${word}`);
    await office.until(async () => (await office.rows('timer/waiter')) === 0);
    expect(await office.figures('waiter')).toMatchObject({ retrying: 1 });
    broken.isBroken = false;
    await office.idle();
    expect(await office.instances('waiter')).toEqual({ 'desk:a': state });
    expect(await office.stamps()).toEqual([]);
    await office.time.jump(HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual(word === 'again' ? ['over'] : []);
  });
});

describe('many timers', () => {
  const desks = Array.from({ length: 700 }, (_, number) => `desk${number}`);

  async function all() {
    const office = await Office.open(app, { partitions: 2 });
    await Promise.all(desks.map((desk) => office.write(desk, 'start')));
    await office.idle();
    expect(await office.rows('timer/waiter')).toBe(desks.length);
    return office;
  }

  test('that are due at once fire once each', async () => {
    const office = await all();
    await office.time.jump(HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toHaveLength(desks.length);
    expect(await office.rows('timer/waiter')).toBe(0);
    expect(new Set(Object.values(await office.instances('waiter')))).toEqual(new Set(['over']));
  });

  test('cost nothing while they wait', async () => {
    const office = await all();
    office.node.calls.clear();
    await office.time.advance(60_000);
    // Each partition is looked at every five seconds, and nothing else is done.
    const { rest = 0, ...others } = Object.fromEntries(office.node.calls);
    expect(rest).toBeLessThanOrEqual(2 * 14);
    expect(Object.keys(others).filter((method) => !LOOKS.has(method))).toEqual([]);
  });
});

/** What a node asks the store for when there is nothing to do. */
const LOOKS = new Set(['beat', 'leases', 'readFeed', 'pendingAsync']);
