import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import {
  BadCursorError,
  defineEffect,
  definePolicy,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import { type commands, deskApp, onWritten, stamp } from '../../support/desk/index.ts';
import type { NodeFate } from '../../support/simulated-nodes.ts';
import { holdCommits, Office } from './office.ts';

const HOUR_MS = 3_600_000;

/** What a text asks for: a stamp, an hour's wait, an effect that ends with it, or an error. */
class World {
  release: () => void = () => {};
  readonly #held = new Promise<void>((resolve) => {
    this.release = resolve;
  });
  readonly effect = (): Promise<void> => this.#held;
  isBroken = true;

  app(attempts = 3) {
    const builder = setup({
      types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
      actions: { send: sends<typeof commands>() },
      actors: { effect: defineEffect({ run: this.effect, timeoutMs: 10 * HOUR_MS }) },
      guards: {
        says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
      },
    });
    const says = (word: string) => ({ type: 'says', params: word }) as const;
    const machine = builder.createMachine({
      id: 'busy',
      context: {},
      initial: 'idle',
      states: {
        idle: {
          on: {
            Written: [
              { guard: says('wait'), target: 'waiting' },
              { guard: says('effect'), target: 'running' },
              { actions: { type: 'send', params: ({ event }) => stamp(event.data.text, 'x') } },
            ],
          },
        },
        waiting: { after: { [HOUR_MS]: 'idle' } },
        running: { invoke: { src: 'effect', onDone: 'idle' } },
      },
    });
    const policy = definePolicy({
      name: 'busy',
      machine,
      on: onWritten,
      correlate: 'actor',
      attempts,
      facts: (message) => {
        const text = message.type === 'Written' ? message.data.text : '';
        if (text === 'broken' && this.isBroken) throw new Error('the policy is broken');
        return {};
      },
    });
    return deskApp([policy]);
  }
}

const NOTHING = {
  lag: 0,
  inFlight: 0,
  retrying: 0,
  deadLetters: 0,
  timers: 0,
  oldestPendingMs: 0,
};

async function opened(attempts?: number) {
  const world = new World();
  const office = await Office.open(world.app(attempts));
  return { office, world, isIdle: async () => (await office.counter.engine.policies()).idle };
}

describe('the figures of a policy', () => {
  test('are nothing where nothing is to do, and say who holds the partitions', async () => {
    const { office, isIdle } = await opened();
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
    const { office, isIdle } = await opened();
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
    const { office, isIdle } = await opened();
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
    const { office, world, isIdle } = await opened();
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
    const { office } = await opened();
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
    const { office, isIdle } = await opened();
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
    const { office, isIdle } = await opened(100);
    const since = office.time.now();
    await office.write('a', 'broken');
    await office.time.advance(600_000);
    const { retrying, oldestPendingMs, deadLetters } = await office.figures('busy');
    expect({ retrying, deadLetters }).toEqual({ retrying: 1, deadLetters: 0 });
    expect(oldestPendingMs).toBeGreaterThan(office.time.now() - since - 1_000);
    expect(await isIdle()).toBe(false);
  });

  test('count dead letters, which keep nobody from being idle', async () => {
    const { office, isIdle } = await opened();
    await office.write('a', 'broken', 'stamps', 'stamps');
    await office.idle();
    await office.time.jump(HOUR_MS);
    expect(await office.figures('busy')).toMatchObject({ ...NOTHING, deadLetters: 1 });
    expect(await isIdle()).toBe(true);
  });

  test('show a store that takes no steps as pending ever longer', async () => {
    const { office } = await opened();
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
  const { office, isIdle } = await opened();
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

describe('listings', () => {
  async function all<Item>(
    read: (cursor: string | null) => Promise<{ items: readonly Item[]; next: string | null }>,
  ): Promise<{ items: Item[]; sizes: number[] }> {
    const items: Item[] = [];
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly Item[]; next: string | null } = await read(cursor);
      items.push(...page.items);
      sizes.push(page.items.length);
      cursor = page.next;
    } while (cursor !== null);
    return { items, sizes };
  }

  const desks = Array.from({ length: 17 }, (_, number) => `desk${number}`);

  test('of instances give each once, with its state, page by page', async () => {
    const { office } = await opened();
    for (const desk of desks) await office.write(desk, 'wait');
    await office.idle();
    const { engine } = office.counter;
    for (const limit of [1, 5, 17, 200]) {
      const { items, sizes } = await all(async (cursor) => {
        const page = await engine.instances('busy', { limit, cursor });
        if (!page) throw new Error('there is no such policy');
        return page;
      });
      expect(items.map(({ id }) => id).toSorted()).toEqual(
        desks.map((desk) => `desk:${desk}`).toSorted(),
      );
      expect(items[0]).toMatchObject({ value: 'waiting', context: {}, waiting: 0 });
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
      expect(sizes.every((size) => size > 0)).toBe(true);
    }
    expect(await engine.instances('nobody', { limit: 5, cursor: null })).toBeNull();
  });

  test('of dead letters give each once, page by page', async () => {
    const { office } = await opened();
    for (const desk of desks) await office.write(desk, 'broken', 'stamps');
    await office.idle();
    const { engine } = office.counter;
    for (const limit of [1, 4, 17, 200]) {
      const { items, sizes } = await all((cursor) => engine.deadLetters({ limit, cursor }));
      expect(new Set(items.map(({ id }) => id)).size).toBe(desks.length);
      expect(items.every(({ waiting }) => waiting === 1)).toBe(true);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    }
  });

  test('take no cursor that they did not give', async () => {
    const { office } = await opened();
    const { engine } = office.counter;
    await office.write('a', 'wait');
    await office.write('b', 'wait');
    await office.idle();
    const page = await engine.instances('busy', { limit: 1, cursor: null });
    expect(page?.next).toEqual(expect.any(String));
    const foreign = { limit: 1, cursor: page?.next ?? '' };
    await expect(engine.deadLetters(foreign)).rejects.toThrow(BadCursorError);
    await expect(engine.deadLetters({ limit: 1, cursor: 'x' })).rejects.toThrow(BadCursorError);
  });
});
