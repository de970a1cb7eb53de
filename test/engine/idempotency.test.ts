import { describe, expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import type { App } from '../../src/define/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import type { Store } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { explore, Stepper } from '../support/explorer.ts';
import { countingStore, type Fate, faultyStore } from '../support/faulty-store.ts';
import {
  command,
  eventsOf,
  mustAccept,
  send,
  startNode,
  stateOf,
  until,
  word,
} from '../support/node.ts';

/** An outcome as it is compared to the byte, but for the mark of a replay. */
const text = (outcome: Outcome) => JSON.stringify({ ...outcome, replayed: null });
const isReplay = (outcome: Outcome) => outcome.status !== 'failed' && outcome.replayed;
const key = { idempotencyKey: 'k' };

describe('a key that is used again', () => {
  test.each([
    ['accepted', 'Count', { box: 'a' }],
    ['refused', 'Refuse', { box: 'a' }],
    ['refused by the state', 'Count', { box: 'sealed' }],
    ['without effect', 'Settle', { box: 'a', total: 0 }],
  ])(
    'gives the same answer where it was %s, from every node, whatever came between',
    async (_, type, body) => {
      const store = createMemoryStore();
      const { engine } = startNode(store);
      await mustAccept(engine, 'Seal', { box: 'sealed' });
      const first = await send(engine, type, body, key);
      expect(isReplay(first)).toBe(false);
      const events = await eventsOf(engine, body.box);
      await mustAccept(engine, 'Open', { box: 'other' });
      const again = await send(engine, type, body, key);
      const elsewhere = await send(startNode(store, { seed: 2 }).engine, type, body, key);
      for (const outcome of [again, elsewhere]) {
        expect(text(outcome)).toBe(text(first));
        expect(isReplay(outcome)).toBe(true);
      }
      expect(await eventsOf(engine, body.box)).toEqual(events);
    },
  );

  test('is refused with another body or another type, and not by the order of members', async () => {
    const { engine } = startNode(createMemoryStore());
    const first = await send(engine, 'Put', { box: 'a', item: 'pen' }, key);
    expect(word(await send(engine, 'Put', { box: 'a', item: 'cup' }, key))).toBe(
      'idempotency_key_reused',
    );
    expect(word(await send(engine, 'Toss', { box: 'a', item: 'pen' }, key))).toBe(
      'idempotency_key_reused',
    );
    expect(text(await send(engine, 'Put', { item: 'pen', box: 'a' }, key))).toBe(text(first));
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });

  test('is its principal’s own', async () => {
    const { engine } = startNode(createMemoryStore());
    await mustAccept(engine, 'Count', { box: 'a' }, { ...key, principal: 'one' });
    const other = await send(engine, 'Count', { box: 'a' }, { ...key, principal: 'two' });
    expect(isReplay(other)).toBe(false);
    expect(other).toMatchObject({ actor: { version: 2 } });
    const body = { box: 'b' };
    expect(word(await send(engine, 'Count', body, { ...key, principal: 'three' }))).toBe(
      'accepted',
    );
  });

  test('is forgotten after its time', async () => {
    let now = 1_000;
    const store = createMemoryStore({ now: () => now });
    const { engine } = startNode(store, { replyTtlMs: 500 });
    await mustAccept(engine, 'Count', { box: 'a' }, key);
    now += 499;
    expect(isReplay(await send(engine, 'Count', { box: 'a' }, key))).toBe(true);
    now += 1;
    expect(isReplay(await send(engine, 'Count', { box: 'a' }, key))).toBe(false);
    expect(await eventsOf(engine, 'a')).toHaveLength(2);
  });
});

describe('faults are not kept', () => {
  test('a version that did not hold is looked at anew, and a replay comes before it', async () => {
    const { engine } = startNode(createMemoryStore());
    const wrong = await send(engine, 'Count', { box: 'a' }, { ...key, ifMatch: 3 });
    expect(wrong).toMatchObject({ failure: { code: 'version_mismatch', actor: { version: 0 } } });
    const right = await send(engine, 'Count', { box: 'a' }, { ...key, ifMatch: 0 });
    expect(word(right)).toBe('accepted');
    const replay = await send(engine, 'Count', { box: 'a' }, { ...key, ifMatch: 0 });
    expect(text(replay)).toBe(text(right));
  });

  test('a store out of reach', async () => {
    let fate: Fate = 'refused';
    const { engine } = startNode(faultyStore(createMemoryStore(), () => fate));
    expect(word(await send(engine, 'Count', { box: 'a' }, key))).toBe('unavailable');
    fate = 'answered';
    const outcome = await send(engine, 'Count', { box: 'a' }, key);
    expect(word(outcome)).toBe('accepted');
    expect(isReplay(outcome)).toBe(false);
  });

  test('a machine that faults', async () => {
    const { engine, log } = startNode(createMemoryStore());
    const body = { box: 'a', how: 'throws' };
    await send(engine, 'Misbehave', body, key);
    expect(word(await send(engine, 'Misbehave', body, key))).toBe('system_error');
    expect(log.errors).toHaveLength(2);
  });
});

type Try = (engine: Engine) => Promise<Outcome>;

/** Has two nodes make the same try, under every order of their calls to the store. */
async function everySchedule(
  attempt: Try,
  judge: (outcomes: readonly Outcome[], store: Store) => Promise<void>,
  options: { readonly app?: App } = {},
): Promise<number> {
  return explore(async (choose) => {
    const store = createMemoryStore({ partitions: 4 });
    const stepper = new Stepper(0);
    const outcomes: Outcome[] = [];
    for (const node of [1, 2]) {
      const wait = () => stepper.sleep(node);
      const { engine } = startNode(stepper.view(node, store), { ...options, seed: node, wait });
      void attempt(engine).then((outcome) => outcomes.push(outcome));
    }
    await stepper.run(choose, []);
    try {
      expect(outcomes).toHaveLength(2);
      await judge(outcomes, store);
    } catch (error) {
      throw new Error(`after ${stepper.steps.join(', ')}`, { cause: error });
    }
  });
}

describe('two at once under one key', () => {
  const sameAnswer = (outcomes: readonly Outcome[]) => {
    expect(new Set(outcomes.map(text)).size).toBe(1);
  };

  test('in one node have one effect and one answer, and ask the store once', async () => {
    const { store, calls } = countingStore(createMemoryStore());
    const { engine } = startNode(store);
    const outcomes = await Promise.all([
      send(engine, 'Count', { box: 'a' }, key),
      send(engine, 'Count', { box: 'a' }, key),
    ]);
    sameAnswer(outcomes);
    expect(outcomes.map(isReplay)).toEqual([false, true]);
    expect(calls).toMatchObject({ fetch: 1, commit: 1 });
    expect(calls.reply).toBeUndefined();
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });

  test('in one node, one of them with another body', async () => {
    const { engine } = startNode(createMemoryStore());
    const outcomes = await Promise.all([
      send(engine, 'Count', { box: 'a' }, key),
      send(engine, 'Count', { box: 'b' }, key),
    ]);
    expect(outcomes.map(word)).toEqual(['accepted', 'idempotency_key_reused']);
  });

  test('in two nodes, in every order', async () => {
    const count = (engine: Engine) => send(engine, 'Count', { box: 'a' }, key);
    const schedules = await everySchedule(count, async (outcomes, store) => {
      sameAnswer(outcomes);
      expect((await stateOf(store, 'a')).version).toBe(1);
    });
    expect(schedules).toBeGreaterThanOrEqual(10);
  });

  test('in two nodes, each asking for the version that the other’s try ends', async () => {
    const count = (engine: Engine) => send(engine, 'Count', { box: 'a' }, { ...key, ifMatch: 0 });
    await everySchedule(count, async (outcomes, store) => {
      expect(outcomes.map(word)).toEqual(['accepted', 'accepted']);
      sameAnswer(outcomes);
      expect((await stateOf(store, 'a')).version).toBe(1);
    });
  });

  test('in two nodes, for a machine that takes such a command only once', async () => {
    const seal = (engine: Engine) => send(engine, 'Seal', { box: 'a' }, key);
    await everySchedule(seal, async (outcomes) => {
      expect(outcomes.map(word)).toEqual(['accepted', 'accepted']);
      sameAnswer(outcomes);
    });
  });

  test('in two nodes, where the first and the second would be two accounts', async () => {
    const register = (engine: Engine) =>
      send(engine, 'RegisterAccount', { email: 'a@b.c', username: 'ann' }, key);
    const schedules = await everySchedule(
      register,
      async (outcomes, store) => {
        expect(outcomes.map(word)).toEqual(['accepted', 'accepted']);
        sameAnswer(outcomes);
        const id = outcomes[0]?.status === 'accepted' ? outcomes[0].actor.id : '';
        expect((await stateOf(store, id, app, 'account')).version).toBe(1);
      },
      { app },
    );
    expect(schedules).toBeGreaterThan(50);
  });
});

describe('what a dead process had begun', () => {
  test.each(['commit', 'swapClaim'])(
    'is ended by a retry under the ids of the first try: died at %s',
    async (diesAt) => {
      const store = createMemoryStore();
      const begun: string[] = [];
      const dying = faultyStore(store, async (method, args) => {
        if (method === 'fetch') begun.push(JSON.stringify(args));
        if (method === diesAt) await new Promise(() => {});
        return 'answered' as const;
      });
      const first = startNode(dying, { app });
      const body = { email: 'a@b.c', username: 'ann' };
      void send(first.engine, 'RegisterAccount', body, key);
      const second = startNode(store, { app, seed: 2 });
      await new Promise((resolve) => setImmediate(resolve));
      const outcome = await send(second.engine, 'RegisterAccount', body, key);
      expect(word(outcome)).toBe('accepted');
      expect(begun.join()).toContain(outcome.commandId);
      expect(outcome.status !== 'failed' && begun.join().includes(outcome.actor.id)).toBe(true);
      const third = await send(second.engine, 'RegisterAccount', body, key);
      expect(text(third)).toBe(text(outcome));
    },
  );
});

test('one key, sent and sent async into one turn, has one effect', async () => {
  const isHeld: (() => void)[] = [];
  let isShut = true;
  const store = faultyStore(createMemoryStore(), async (method) => {
    if (method === 'commit' && isShut) await new Promise<void>((go) => isHeld.push(go));
    return 'answered' as const;
  });
  const { engine } = startNode(store);
  const before = send(engine, 'Count', { box: 'a' });
  await until(() => isHeld.length === 1);
  const count = command(engine, 'Count', { box: 'a' });
  const delivery = { principal: 'test', ...key };
  const pending = await engine.submitAsync(count, delivery);
  const sent = engine.submit(count, delivery);
  isShut = false;
  for (const go of isHeld) go();
  await before;
  const outcome = await sent;
  expect(pending).toEqual({
    status: 'pending',
    commandId: outcome.commandId,
    replayed: false,
  });
  await until(async () => (await engine.asyncOutcome(outcome.commandId)) !== 'pending');
  expect(text((await engine.asyncOutcome(outcome.commandId)) as Outcome)).toBe(text(outcome));
  expect(await eventsOf(engine, 'a')).toHaveLength(2);
});
