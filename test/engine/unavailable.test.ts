import { describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { type Fate, faultyStore, type Method } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, send, startNode, until, word } from '../support/node.ts';

/** How long a store takes before it gives up on a call, in milliseconds: the port's limit. */
const STORE_LIMIT_MS = 1_000;
const ANSWER_MS_MAX = 2_000;

describe('a store that is out of reach', () => {
  test.each<[string, Fate, readonly Method[]]>([
    ['refuses everything', 'refused', ['fetch', 'commit', 'swapClaim', 'reply']],
    ['is silent', 'request lost', ['fetch', 'commit', 'swapClaim', 'reply']],
    ['takes no commit', 'refused', ['commit']],
    ['is silent to commits', 'request lost', ['commit']],
    ['loses every reply to a commit', 'reply lost', ['commit']],
  ])(
    'and %s: every command has its answer within two seconds, and is served again after',
    async (_, fate, methods) => {
      let isOut = false;
      let timeouts = 0;
      const { engine, runtime } = startNode(
        faultyStore(createMemoryStore(), (method): Fate => {
          if (!isOut || !methods.includes(method)) return 'answered';
          if (fate !== 'refused') {
            runtime.advance(STORE_LIMIT_MS);
            timeouts++;
          }
          return fate;
        }),
        { limits: { turnCommandsMax: 2 } },
      );
      await mustAccept(engine, 'Count', { box: 'a' });
      isOut = true;
      const begun = runtime.monotonic();
      const outcomes = await Promise.all([
        ...Array.from({ length: 7 }, () => send(engine, 'Count', { box: 'a' })),
        send(engine, 'Put', { box: 'b', item: 'pen' }),
        send(engine, 'Name', { box: 'c', name: 'c' }),
      ]);
      expect(new Set(outcomes.map(word))).toEqual(new Set(['unavailable']));
      // Each of the three actors' calls moves the one clock here: what waited is given up unsent.
      expect(runtime.monotonic() - begun).toBeLessThanOrEqual(fate === 'refused' ? 2_000 : 3_000);
      expect(timeouts).toBeLessThanOrEqual(3);
      isOut = false;
      await mustAccept(engine, 'Count', { box: 'a' });
      await mustAccept(engine, 'Name', { box: 'c', name: 'c again' });
      await engine.drain();
    },
  );

  test('one command waits no longer than its patience and one try of the store', async () => {
    let isOut = false;
    const { engine, runtime } = startNode(
      faultyStore(createMemoryStore(), (): Fate => {
        if (!isOut) return 'answered';
        // As slow as can be to say no, up to the last moment of patience.
        runtime.advance(runtime.monotonic() < 700 ? 100 : STORE_LIMIT_MS);
        return 'request lost';
      }),
    );
    isOut = true;
    expect(word(await send(engine, 'Count', { box: 'a' }))).toBe('unavailable');
    expect(runtime.monotonic()).toBeGreaterThan(800);
    expect(runtime.monotonic()).toBeLessThanOrEqual(ANSWER_MS_MAX);
  });

  test('while the messages of a broken turn run one by one', async () => {
    let commits = 0;
    const { engine, runtime } = startNode(
      faultyStore(createMemoryStore(), (method): Fate => {
        if (method !== 'commit') return 'answered';
        if (++commits === 1) return new Error('the store chokes on the whole turn');
        runtime.advance(STORE_LIMIT_MS);
        return 'request lost';
      }),
    );
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => send(engine, 'Count', { box: 'a' })),
    );
    expect(new Set(outcomes.map(word))).toEqual(new Set(['unavailable']));
    expect(runtime.monotonic()).toBeLessThanOrEqual(ANSWER_MS_MAX);
  });

  test('for a moment is waited for', async () => {
    let refusals = 5;
    const store = createMemoryStore();
    const { engine } = startNode(
      faultyStore(store, (method) =>
        method !== 'pendingAsync' && refusals-- > 0 ? 'refused' : 'answered',
      ),
    );
    await mustAccept(engine, 'Count', { box: 'a' });
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });

  test('is said to queries and to readiness', async () => {
    let fate: Fate = 'answered';
    const { engine } = startNode(faultyStore(createMemoryStore(), () => fate));
    await engine.ready();
    fate = 'refused';
    await expect(engine.ready()).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(engine.asyncOutcome('x')).rejects.toBeInstanceOf(StoreUnavailable);
    const trail = engine.trail({ type: 'box', id: 'a' }, { limit: 1, before: null });
    await expect(trail).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('while claims are given back delays nothing for good', async () => {
    let fate: Fate = 'answered';
    const store = createMemoryStore();
    const { engine } = startNode(
      faultyStore(store, (method) => (method === 'swapClaim' ? fate : 'answered')),
    );
    await mustAccept(engine, 'Seal', { box: 'a' });
    const claimed = faultyStore(store, (method) => {
      if (method === 'commit') fate = 'refused';
      return 'answered';
    });
    const { engine: claiming } = startNode(
      faultyStore(claimed, (method) => (method === 'swapClaim' ? fate : 'answered')),
      { seed: 2 },
    );
    const refused = await send(claiming, 'Name', { box: 'a', name: 'n' });
    expect(word(refused)).toBe('Not possible in this state');
    // What could not be given back blocks nobody.
    fate = 'answered';
    expect(word(await send(engine, 'Name', { box: 'b', name: 'n' }))).toBe('accepted');
  });
});

test('the sweep for async commands outlives a store that is gone for a while', async () => {
  let fate: Fate = 'refused';
  let sweeps = 0;
  const { runtime, log } = startNode(
    faultyStore(createMemoryStore({ partitions: 1 }), (method) => {
      if (method === 'pendingAsync') sweeps++;
      return fate;
    }),
  );
  await until(() => sweeps === 1);
  fate = 'answered';
  await until(() => {
    runtime.wake();
    return sweeps >= 3;
  });
  expect(log.errors).toEqual([]);
});
