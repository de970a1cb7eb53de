import { describe, expect, test } from 'vitest';
import type { Commit, Store } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { countingStore, faultyStore } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, send, startNode, stateOf, until, word } from '../support/node.ts';

/** A store whose next commits wait until they are let go. */
function gatedStore(store: Store) {
  let isShut = true;
  const waiting: (() => void)[] = [];
  const gated = faultyStore(store, async (method) => {
    if (method === 'commit' && isShut) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    return 'answered' as const;
  });
  return {
    store: gated,
    waiting,
    open: () => {
      isShut = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

const orderOf = (events: readonly { data: object }[]) =>
  events.map(({ data }) => ('item' in data ? data.item : null));

describe('a mailbox', () => {
  test('runs the commands of one actor in the order they came', async () => {
    const { engine } = startNode(createMemoryStore());
    const sent = Array.from({ length: 300 }, (_, index) => `item${index}`);
    const outcomes = await Promise.all(sent.map((item) => send(engine, 'Put', { box: 'a', item })));
    expect(outcomes.map(word)).toEqual(sent.map(() => 'accepted'));
    expect(outcomes.map((o) => o.status !== 'failed' && o.actor.version)).toEqual(
      sent.map((_, index) => index + 1),
    );
    expect(orderOf(await eventsOf(engine, 'a'))).toEqual(sent);
  });

  test('saves what is queued in one commit, up to the limit of a turn', async () => {
    const { store, calls } = countingStore(createMemoryStore());
    const { engine } = startNode(store, { limits: { turnCommandsMax: 100 } });
    await Promise.all(Array.from({ length: 250 }, () => send(engine, 'Count', { box: 'a' })));
    expect(calls.commit).toBe(3);
    expect((await stateOf(store, 'a')).machine.context).toMatchObject({ total: 250 });
  });

  test('takes what queued during a turn together into the next', async () => {
    const gate = gatedStore(createMemoryStore());
    const { store, calls } = countingStore(gate.store);
    const { engine } = startNode(store);
    const first = send(engine, 'Count', { box: 'a' });
    await until(() => gate.waiting.length === 1);
    const later = Array.from({ length: 20 }, () => send(engine, 'Count', { box: 'a' }));
    await until(() => true);
    expect(calls.commit).toBe(1);
    gate.open();
    await Promise.all([first, ...later]);
    expect(calls.commit).toBe(2);
  });

  test('serves other actors while one waits', async () => {
    const memory = createMemoryStore();
    const held: (() => void)[] = [];
    const store = faultyStore(memory, async (method, args) => {
      const isHeld = method === 'commit' && (args[0] as Commit).actor.id === 'slow';
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return 'answered' as const;
    });
    const { engine } = startNode(store);
    const slow = send(engine, 'Count', { box: 'slow' });
    await mustAccept(engine, 'Count', { box: 'quick' });
    for (const resolve of held) resolve();
    expect(word(await slow)).toBe('accepted');
  });

  test('refuses what it has no room for, and takes more once there is room', async () => {
    const gate = gatedStore(createMemoryStore());
    const limits = { mailboxCommandsMax: 1_000, turnCommandsMax: 1 };
    const { engine } = startNode(gate.store, { limits });
    const running = send(engine, 'Count', { box: 'a' });
    await until(() => gate.waiting.length === 1);
    const queued = Array.from({ length: 1_000 }, () => send(engine, 'Count', { box: 'a' }));
    expect(await send(engine, 'Count', { box: 'a' })).toMatchObject({
      status: 'failed',
      failure: { code: 'overloaded', limit: 'mailbox' },
    });
    const other = send(engine, 'Count', { box: 'b' });
    gate.open();
    const outcomes = await Promise.all([running, ...queued, other]);
    expect(new Set(outcomes.map(word))).toEqual(new Set(['accepted']));
    await mustAccept(engine, 'Count', { box: 'a' });
  });

  test('refuses what the node has no room for', async () => {
    const gate = gatedStore(createMemoryStore());
    const limits = { mailboxCommandsMax: 1_000, nodeCommandsMax: 1_000 };
    const { engine } = startNode(gate.store, { limits });
    const taken = Array.from({ length: 1_000 }, (_, i) => send(engine, 'Count', { box: `b${i}` }));
    expect(await send(engine, 'Count', { box: 'one more' })).toMatchObject({
      status: 'failed',
      failure: { code: 'overloaded', limit: 'node' },
    });
    gate.open();
    expect(new Set((await Promise.all(taken)).map(word))).toEqual(new Set(['accepted']));
    await mustAccept(engine, 'Count', { box: 'one more' });
  });
});

describe('a commit that the store cannot take', () => {
  test('fails the one message that breaks it', async () => {
    const memory = createMemoryStore();
    const store = faultyStore(memory, (method, args) => {
      const isBroken =
        method === 'commit' &&
        (args[0] as Commit).records.some(({ body }) => body.includes('poison'));
      return isBroken ? new Error('the store chokes on it') : 'answered';
    });
    const { engine, log } = startNode(store);
    const outcomes = await Promise.all(
      ['pen', 'poison', 'cup'].map((item) => send(engine, 'Put', { box: 'a', item })),
    );
    expect(outcomes.map(word)).toEqual(['accepted', 'system_error', 'accepted']);
    expect(log.errors).toHaveLength(1);
    expect(orderOf(await eventsOf(engine, 'a'))).toEqual(['pen', 'cup']);
  });
});
