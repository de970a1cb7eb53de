import { describe, expect, test } from 'vitest';
import { cancel, setup } from 'xstate';
import { definePolicy, type PolicyMessages, sends } from '../../../src/define/index.ts';
import { type commands, deskApp, onWritten, stamp } from '../../support/desk/index.ts';
import { Office } from './office.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** What throws until it is mended. */
const broken = { isBroken: false };

const builder = setup({
  types: {
    context: {} as { count: number },
    events: {} as PolicyMessages<typeof onWritten> | { type: 'reminder' },
  },
  actions: { send: sends<typeof commands>() },
  guards: {
    says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
    saysBroken: ({ event }) => {
      const isIt = event.type === 'Written' && event.data.text === 'broken';
      if (isIt && broken.isBroken) throw new Error('the policy is broken');
      return isIt;
    },
  },
});
const stamped = (text: string) => ({ type: 'send', params: stamp('stamps', text) }) as const;
const says = (word: string) => ({ type: 'says', params: word }) as const;

/** Waits an hour unless it is told otherwise, and reminds on demand half an hour later. */
const machine = builder.createMachine({
  id: 'waiter',
  context: { count: 0 },
  initial: 'idle',
  states: {
    idle: { on: { Written: 'waiting' } },
    waiting: {
      after: { [HOUR_MS]: { target: 'over', actions: stamped('over') } },
      on: {
        Written: [
          { guard: says('again'), target: 'waiting', reenter: true },
          { guard: says('stop'), target: 'stopped' },
          { guard: 'saysBroken', target: 'stopped' },
          {
            guard: says('remind'),
            actions: builder.raise({ type: 'reminder' }, { id: 'reminder', delay: HOUR_MS / 2 }),
          },
          { guard: says('quiet'), actions: cancel('reminder') },
        ],
        reminder: { actions: stamped('reminder') },
      },
    },
    stopped: { on: { Written: { guard: says('again'), target: 'waiting' } } },
    over: {},
  },
});
const policy = definePolicy({ name: 'waiter', machine, on: onWritten, correlate: 'actor' });
const app = deskApp([policy]);

/** An office in which a desk waits. @returns when its hour is over */
async function waiting(...texts: string[]) {
  broken.isBroken = false;
  const office = await Office.open(app);
  for (const text of ['start', ...texts]) {
    await office.write('a', text);
    await office.idle();
  }
  return { office, dueAt: await dueAt(office) };
}

/** When the last of the pending timers is due. */
async function dueAt({ nodes: { store } }: Office): Promise<number> {
  const page = { after: null, until: null, limit: 10 };
  const partitions = Array.from({ length: store.partitions }, (_, partition) => partition);
  const rows = await Promise.all(partitions.map((at) => store.scan(at, 'timer/waiter', page)));
  return Math.max(...rows.flat().map(({ order }) => order));
}

async function goTo({ time }: Office, at: number): Promise<void> {
  await time.jump(at - time.now());
}

describe('a timer', () => {
  test('fires once, when it is due and not before', async () => {
    const begun = Date.now();
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
    // Years are simulated, not waited for.
    expect(Date.now() - begun).toBeLessThan(10_000);
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

  test('that waits behind a message that fails is stale when that leaves its state', async () => {
    const { office, dueAt } = await waiting();
    broken.isBroken = true;
    await goTo(office, dueAt - 100);
    await office.write('a', 'broken');
    await office.until(async () => (await office.rows('timer/waiter')) === 0);
    expect(await office.figures('waiter')).toMatchObject({ retrying: 1 });
    broken.isBroken = false;
    await office.idle();
    expect(await office.instances('waiter')).toEqual({ 'desk:a': 'stopped' });
    expect(await office.stamps()).toEqual([]);
  });
});

describe('a delayed event', () => {
  test('comes when it is due', async () => {
    const { office } = await waiting('remind');
    await office.time.jump(HOUR_MS / 2);
    await office.idle();
    expect(await office.stamps()).toEqual(['reminder']);
    await office.time.jump(HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual(['reminder', 'over']);
  });

  test('does not come once it was cancelled', async () => {
    const { office } = await waiting('remind', 'quiet');
    expect(await office.rows('timer/waiter')).toBe(1);
    await office.time.jump(HOUR_MS / 2);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
  });

  test('raised again under its id comes once, from then on', async () => {
    const { office } = await waiting('remind');
    await office.time.jump(HOUR_MS / 4);
    await office.write('a', 'remind');
    await office.idle();
    await office.time.jump(HOUR_MS / 4);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    await office.time.jump(HOUR_MS / 4);
    await office.idle();
    expect(await office.stamps()).toEqual(['reminder']);
  });

  test('that its state has no rule for any more is passed over', async () => {
    const { office } = await waiting('remind', 'stop');
    await office.time.jump(HOUR_MS / 2);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    expect(await office.letters()).toEqual([]);
    expect(await office.figures('waiter')).toMatchObject({ timers: 0 });
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
