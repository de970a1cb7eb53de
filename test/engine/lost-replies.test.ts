import { describe, expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import type { Commit } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { explore } from '../support/explorer.ts';
import { type Fate, faultyStore, type Method } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, send, startNode, stateOf, word } from '../support/node.ts';

type Choose = (options: number) => number;

/** A line that answers until it is told to choose, and goes wrong a few times at most. */
function badLine(choose: Choose, faultsMax: number, steps: string[]) {
  let faults = 0;
  return (method: Method): Fate => {
    const fates = ['answered', 'reply lost', 'request lost'] as const;
    const fate = (faults < faultsMax && fates[choose(fates.length)]) || 'answered';
    if (fate !== 'answered') faults++;
    steps.push(`${method} ${fate}`);
    return fate;
  };
}

/** Explains a failing run. */
async function judged(steps: readonly string[], judge: () => Promise<void>): Promise<void> {
  try {
    await judge();
  } catch (error) {
    throw new Error(`after ${steps.join(', ')}`, { cause: error });
  }
}

describe('whatever requests and replies are lost', () => {
  test.each([
    ['without a key', {}],
    ['with a key', { idempotencyKey: 'k' }],
  ])('a command takes effect once and is answered right, %s', async (_, delivery) => {
    const schedules = await explore(async (choose) => {
      const memory = createMemoryStore({ partitions: 4 });
      const { engine: rival } = startNode(memory, { seed: 2 });
      const steps: string[] = [];
      const fateOf = badLine(choose, 2, steps);
      let isOn = false;
      let turnsElsewhere = 0;
      const store = faultyStore(memory, async (method) => {
        if (!isOn || method === 'pendingAsync') return 'answered';
        if (method === 'commit' && turnsElsewhere < 2 && choose(2) === 1) {
          turnsElsewhere++;
          steps.push('a turn elsewhere');
          await send(rival, 'Put', { box: 'a', item: 'other' });
        }
        return fateOf(method);
      });
      const { engine } = startNode(store);
      await mustAccept(rival, 'Open', { box: 'a' });
      isOn = true;
      const outcomes = await Promise.all([
        send(engine, 'Count', { box: 'a' }, delivery),
        send(engine, 'Put', { box: 'a', item: 'mine' }),
      ]);
      isOn = false;
      await judged(steps, async () => {
        expect(outcomes.map(word)).toEqual(['accepted', 'accepted']);
        const events = await eventsOf(rival, 'a');
        for (const outcome of outcomes) {
          if (outcome.status !== 'accepted') continue;
          const own = events.filter(({ cause }) => cause.commandId === outcome.commandId);
          expect(own).toMatchObject([...outcome.events]);
          expect(own).toHaveLength(1);
        }
        expect(events.map(({ actor }) => actor.version)).toEqual(events.map((_e, i) => i + 1));
        expect((await stateOf(memory, 'a')).machine.context).toMatchObject({ total: 1 });
        // Nothing stale is left behind.
        expect(await send(engine, 'Count', { box: 'a' })).toMatchObject({
          actor: { version: events.length + 1 },
        });
      });
    });
    expect(schedules).toBeGreaterThan(100);
  });

  test('a registration with a key takes effect once and is answered right', async () => {
    const schedules = await explore(async (choose) => {
      const memory = createMemoryStore({ partitions: 4 });
      const steps: string[] = [];
      const fateOf = badLine(choose, 2, steps);
      const store = faultyStore(memory, (method) =>
        method === 'pendingAsync' ? 'answered' : fateOf(method),
      );
      const { engine } = startNode(store, { app });
      const body = { email: 'a@b.c', username: 'ann' };
      const outcome = await send(engine, 'RegisterAccount', body, { idempotencyKey: 'k' });
      await judged(steps, async () => {
        expect(word(outcome)).toBe('accepted');
        const { engine: other } = startNode(memory, { app, seed: 2 });
        const again = await send(other, 'RegisterAccount', body, { idempotencyKey: 'k' });
        expect(again).toEqual({ ...outcome, replayed: true });
        const rival = await send(other, 'RegisterAccount', { email: 'A@b.c', username: 'bob' });
        expect(word(rival)).toBe('Email already registered');
      });
    });
    expect(schedules).toBeGreaterThan(20);
  });
});

describe('a commit whose reply was lost', () => {
  /** Loses the reply of the first commit, and has so many turns come between it and the next. */
  function losing(turnsBetween: number, fate: Fate = 'reply lost') {
    const memory = createMemoryStore();
    const { engine: rival } = startNode(memory, { seed: 2 });
    const turnIds: string[] = [];
    const store = faultyStore(memory, async (method, args): Promise<Fate> => {
      if (method !== 'commit') return 'answered';
      turnIds.push((args[0] as Commit).turnId);
      if (turnIds.length === 1) return fate;
      if (turnIds.length === 2) {
        for (let turn = 0; turn < turnsBetween; turn++) await send(rival, 'Open', { box: 'a' });
      }
      return 'answered';
    });
    return { memory, store, turnIds, rival };
  }

  test('is sent again under its turn’s id', async () => {
    const { store, turnIds, rival } = losing(0);
    const outcome = await send(startNode(store).engine, 'Count', { box: 'a' });
    expect(turnIds).toHaveLength(2);
    expect(new Set(turnIds).size).toBe(1);
    const events = await eventsOf(rival, 'a');
    expect(events).toHaveLength(1);
    expect(outcome).toMatchObject({ status: 'accepted', events: [{ id: events[0]?.id }] });
  });

  test('is found though a few turns came between', async () => {
    const { store, rival } = losing(7);
    const outcome = await send(startNode(store).engine, 'Count', { box: 'a' });
    expect(outcome).toMatchObject({ status: 'accepted', actor: { version: 1 } });
    expect(await eventsOf(rival, 'a')).toHaveLength(8);
  });

  test('is not guessed at where it can no longer be told', async () => {
    for (const fate of ['reply lost', 'request lost'] as const) {
      const { store, rival } = losing(9, fate);
      const outcome = await send(startNode(store).engine, 'Count', { box: 'a' });
      expect(word(outcome)).toBe('unavailable');
      const counted = (await eventsOf(rival, 'a')).filter(({ type }) => type === 'Counted');
      expect(counted).toHaveLength(fate === 'reply lost' ? 1 : 0);
    }
  });

  test('with a key, is told by the next try', async () => {
    const { store, rival } = losing(9);
    const { engine } = startNode(store);
    const key = { idempotencyKey: 'k' };
    expect(word(await send(engine, 'Count', { box: 'a' }, key))).toBe('unavailable');
    expect(await send(engine, 'Count', { box: 'a' }, key)).toMatchObject({
      status: 'accepted',
      replayed: true,
      actor: { version: 1 },
    });
    const counted = (await eventsOf(rival, 'a')).filter(({ type }) => type === 'Counted');
    expect(counted).toHaveLength(1);
  });

  test('that never arrived is made anew on what came between', async () => {
    const { store, rival } = losing(3, 'request lost');
    const outcome = await send(startNode(store).engine, 'Count', { box: 'a' });
    expect(outcome).toMatchObject({ status: 'accepted', actor: { version: 4 } });
    expect(await eventsOf(rival, 'a')).toHaveLength(4);
  });

  test('and whose next try the store chokes on is not made anew', async () => {
    const memory = createMemoryStore();
    const fates: Fate[] = ['reply lost', new Error('the store chokes on it')];
    const store = faultyStore(memory, (method) =>
      method === 'commit' ? (fates.shift() ?? 'answered') : 'answered',
    );
    const { engine } = startNode(store);
    const outcomes = await Promise.all([
      send(engine, 'Count', { box: 'a' }),
      send(engine, 'Count', { box: 'a' }),
    ]);
    expect(outcomes.map(word)).toEqual(['unavailable', 'unavailable']);
    expect((await stateOf(memory, 'a')).version).toBe(2);
  });
});
