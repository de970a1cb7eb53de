import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { explore, Stepper } from '../support/explorer.ts';
import { type Fate, faultyStore, type Method } from '../support/faulty-store.ts';
import { command, eventsOf, mustAccept, send, startNode, stateOf, until } from '../support/node.ts';

const as = (delivery: { idempotencyKey?: string; ifMatch?: number } = {}) => ({
  principal: 'test',
  ...delivery,
});

async function outcomeOf(engine: Engine, commandId: string) {
  await until(async () => (await engine.asyncOutcome(commandId)) !== 'pending');
  return engine.asyncOutcome(commandId);
}

/** A store that keeps async commands and never runs one: the process dies right after. */
function dyingAt(store: Store, diesAt: Method): Store {
  let isDead = false;
  return faultyStore(store, async (method) => {
    if (method === diesAt) isDead = true;
    if (isDead) await new Promise(() => {});
    return 'answered' as const;
  });
}

describe('an async command', () => {
  test('is kept before it is acknowledged, and run', async () => {
    const calls: string[] = [];
    const store = faultyStore(createMemoryStore(), (method) => {
      if (method !== 'pendingAsync') calls.push(method);
      return 'answered';
    });
    const { engine } = startNode(store);
    const answer = await engine.submitAsync(command(engine, 'Count', { box: 'a' }), as());
    expect(answer.status).toBe('pending');
    expect(calls[0]).toBe('putAsync');
    expect(await outcomeOf(engine, answer.commandId)).toMatchObject({
      status: 'accepted',
      commandId: answer.commandId,
      actor: { version: 1 },
      replayed: false,
    });
  });

  test('is not acknowledged when it could not be kept', async () => {
    const store = faultyStore(createMemoryStore(), (method) =>
      method === 'putAsync' ? 'refused' : 'answered',
    );
    const { engine } = startNode(store);
    const answer = await engine.submitAsync(command(engine, 'Count', { box: 'a' }), as());
    expect(answer).toMatchObject({ status: 'failed', failure: { code: 'unavailable' } });
  });

  test('that nobody sent has no outcome', async () => {
    expect(await startNode(createMemoryStore()).engine.asyncOutcome('none')).toBeNull();
  });

  test('fails at its turn where the version does not hold', async () => {
    const { engine } = startNode(createMemoryStore());
    const count = command(engine, 'Count', { box: 'a' });
    const { commandId } = await engine.submitAsync(count, as({ ifMatch: 4 }));
    expect(await outcomeOf(engine, commandId)).toMatchObject({
      status: 'failed',
      commandId,
      failure: { code: 'version_mismatch', actor: { version: 0 } },
    });
  });

  test('is tried again until the store takes it, after any wait', async () => {
    let fate: Fate = 'answered';
    const store = faultyStore(createMemoryStore(), (method) =>
      method === 'commit' ? fate : 'answered',
    );
    const { engine, runtime } = startNode(store);
    fate = 'refused';
    const count = command(engine, 'Count', { box: 'a' });
    const { commandId } = await engine.submitAsync(count, as());
    await until(() => runtime.monotonic() > 800);
    expect(await engine.asyncOutcome(commandId)).toBe('pending');
    fate = 'answered';
    await until(async () => {
      runtime.wake();
      return (await engine.asyncOutcome(commandId)) !== 'pending';
    });
    expect(await engine.asyncOutcome(commandId)).toMatchObject({ status: 'accepted' });
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });

  test('that runs when its node is drained has its result kept', async () => {
    let go = () => {};
    const isShut = new Promise<void>((resolve) => {
      go = resolve;
    });
    const calls: string[] = [];
    const store = faultyStore(createMemoryStore(), async (method) => {
      calls.push(method);
      if (method === 'commit') await isShut;
      return 'answered' as const;
    });
    const { engine } = startNode(store);
    const { commandId } = await engine.submitAsync(command(engine, 'Count', { box: 'a' }), as());
    await until(() => calls.includes('commit'));
    const drained = engine.drain();
    go();
    await drained;
    expect(await engine.asyncOutcome(commandId)).toMatchObject({ status: 'accepted' });
  });

  test('has a result for as long as answers are kept', async () => {
    let now = 1_000;
    const { engine } = startNode(createMemoryStore({ now: () => now }), { replyTtlMs: 500 });
    const { commandId } = await engine.submitAsync(command(engine, 'Count', { box: 'a' }), as());
    await outcomeOf(engine, commandId);
    now += 499;
    expect(await engine.asyncOutcome(commandId)).not.toBeNull();
    now += 1;
    expect(await engine.asyncOutcome(commandId)).toBeNull();
  });
});

describe('an async command under a key', () => {
  test('that is known has the same id, and keeps the result of the first', async () => {
    const { engine } = startNode(createMemoryStore());
    const count = command(engine, 'Count', { box: 'a' });
    const first = await engine.submitAsync(count, as({ idempotencyKey: 'k' }));
    const outcome = await outcomeOf(engine, first.commandId);
    const again = await engine.submitAsync(count, as({ idempotencyKey: 'k', ifMatch: 9 }));
    expect(again).toEqual({ ...first, replayed: true });
    await send(engine, 'Count', { box: 'other' });
    expect(await engine.asyncOutcome(first.commandId)).toEqual(outcome);
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });

  test('that was used with another body is refused', async () => {
    const { engine } = startNode(createMemoryStore());
    await mustAccept(engine, 'Count', { box: 'a' }, { idempotencyKey: 'k' });
    const other = command(engine, 'Count', { box: 'b' });
    expect(await engine.submitAsync(other, as({ idempotencyKey: 'k' }))).toMatchObject({
      failure: { code: 'idempotency_key_reused' },
    });
  });

  test('that was answered at once before has that answer', async () => {
    const { engine } = startNode(createMemoryStore());
    const first = await send(engine, 'Count', { box: 'a' }, { idempotencyKey: 'k' });
    const count = command(engine, 'Count', { box: 'a' });
    const { commandId } = await engine.submitAsync(count, as({ idempotencyKey: 'k' }));
    expect(commandId).toBe(first.commandId);
    expect(await outcomeOf(engine, commandId)).toEqual(first);
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });
});

describe('what a dead node left', () => {
  test.each(['commit', 'finishAsync'] as const)(
    'is taken up by another and done once: died at %s',
    async (diesAt) => {
      const store = createMemoryStore();
      const dying = startNode(dyingAt(store, diesAt));
      const count = command(dying.engine, 'Count', { box: 'a' });
      const answer = await dying.engine.submitAsync(count, as());
      expect(answer.status).toBe('pending');
      await until(() => true);
      const { engine } = startNode(store, { seed: 2 });
      expect(await outcomeOf(engine, answer.commandId)).toMatchObject({
        status: 'accepted',
        actor: { version: 1 },
        replayed: false,
      });
      expect((await stateOf(store, 'a')).version).toBe(1);
    },
  );

  test('is found by the sweep of a node that has long been running', async () => {
    const store = createMemoryStore();
    const { engine, runtime } = startNode(store, { seed: 2 });
    const dying = startNode(dyingAt(store, 'commit'));
    const count = command(dying.engine, 'Count', { box: 'a' });
    const { commandId } = await dying.engine.submitAsync(count, as());
    expect(await engine.asyncOutcome(commandId)).toBe('pending');
    await until(async () => {
      runtime.wake();
      return (await engine.asyncOutcome(commandId)) !== 'pending';
    });
    expect((await stateOf(store, 'a')).version).toBe(1);
  });

  test('is done once by two nodes that take it up at once, in every order', async () => {
    const schedules = await explore(async (choose) => {
      const store = createMemoryStore({ partitions: 4 });
      const dying = startNode(dyingAt(store, 'commit'));
      const count = command(dying.engine, 'Count', { box: 'a' });
      const { commandId } = await dying.engine.submitAsync(count, as({ ifMatch: 0 }));
      await until(() => true);
      const stepper = new Stepper(0);
      for (const node of [2, 3]) {
        const wait = () => stepper.sleep(node);
        startNode(stepper.view(node, store), { seed: node, wait });
      }
      await stepper.run(choose, []);
      try {
        const { engine } = startNode(store, { seed: 4 });
        expect(await engine.asyncOutcome(commandId)).toMatchObject({
          status: 'accepted',
          actor: { version: 1 },
          replayed: false,
        });
        expect((await stateOf(store, 'a')).version).toBe(1);
      } catch (error) {
        throw new Error(`after ${stepper.steps.join(', ')}`, { cause: error });
      }
    });
    expect(schedules).toBeGreaterThan(10);
  });
});
