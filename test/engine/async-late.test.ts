/** Async commands that are taken up long after they were kept, or by other code. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type Messages,
} from '../../src/define/index.ts';
import { partitionOf } from '../../src/engine/address.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { DEFAULT_LIMITS } from '../../src/engine/limits.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { countingStore, type Fate, faultyStore, type Method } from '../support/faulty-store.ts';
import { command, eventsOf, mustAccept, send, startNode, stateOf, until } from '../support/node.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const DAY_MS = 24 * 60 * 60 * 1_000;
const as = { principal: 'test' };

/** A memory store, its clock, and nodes on it whose clocks go with it. */
function place() {
  let now = START;
  const store = createMemoryStore({ now: () => now });
  const nodes: ReturnType<typeof startNode>[] = [];
  const start: typeof startNode = (on, options = {}) => {
    const node = startNode(on, { seed: nodes.length + 1, ...options });
    // Before its first sweep.
    node.runtime.setNow(now);
    nodes.push(node);
    return node;
  };
  const setNow = (ms: number) => {
    now = ms;
    for (const { runtime } of nodes) runtime.setNow(ms);
  };
  return { store, start, setNow };
}

async function outcomeOf(engine: Engine, commandId: string) {
  await until(async () => (await engine.asyncOutcome(commandId)) !== 'pending');
  return engine.asyncOutcome(commandId);
}

/**
 * Has a node take an async command to the call `method`, which it never gets an answer to.
 * @returns the node, all of whose other calls are answered
 */
async function leave(
  { store, start }: ReturnType<typeof place>,
  method: Method,
  type: string,
  body: unknown,
) {
  let isMet = false;
  const hanging = faultyStore(store, async (called): Promise<Fate> => {
    if (called === method && !isMet) {
      isMet = true;
      await new Promise(() => {});
    }
    return 'answered';
  });
  const { engine } = start(hanging);
  const { commandId } = await engine.submitAsync(command(engine, type, body), as);
  await until(() => isMet);
  return { engine, commandId };
}

/** Has a node sweep, and try anew what waits for that. */
async function sweep(runtime: { wake(): void }, times = 3): Promise<void> {
  for (let sweeps = 0; sweeps < times; sweeps++) {
    for (let turns = 0; turns < 5; turns++) await nextTurn();
    runtime.wake();
  }
}

/** What is the same, whether an outcome was given at once or was found later. */
const text = (outcome: Outcome | 'pending' | null) => JSON.stringify(outcome);

describe('an async command that took effect, found when its kept reply has expired', () => {
  test.each([
    ['accepted', 'Count'],
    ['refused', 'Refuse'],
  ])('has the answer that it was given then: %s', async (_, type) => {
    const here = place();
    const first = await leave(here, 'finishAsync', type, { box: 'a' });
    const kept = await here.store.reply({ type: 'box', id: 'a' }, first.commandId);
    expect(kept).not.toBeNull();
    const trail = await eventsOf(first.engine, 'a');
    here.setNow(START + 2 * DAY_MS);
    expect(await here.store.reply({ type: 'box', id: 'a' }, first.commandId)).toBeNull();
    const outcome = await outcomeOf(here.start(here.store).engine, first.commandId);
    expect(await eventsOf(first.engine, 'a')).toEqual(trail);

    // The same in a place where nothing went wrong.
    const calm = place();
    const { engine } = calm.start(calm.store);
    const { commandId } = await engine.submitAsync(command(engine, type, { box: 'a' }), as);
    expect(text(outcome)).toBe(text(await outcomeOf(engine, commandId)));
  });

  test('is found behind many that came after', async () => {
    const here = place();
    const { engine, commandId } = await leave(here, 'finishAsync', 'Count', { box: 'a' });
    for (let count = 0; count < 250; count++) await mustAccept(engine, 'Count', { box: 'a' });
    here.setNow(START + 9 * DAY_MS);
    const later = here.start(here.store);
    expect(await outcomeOf(later.engine, commandId)).toMatchObject({
      status: 'accepted',
      actor: { version: 1 },
      replayed: false,
    });
    expect((await stateOf(here.store, 'a')).version).toBe(251);
  });

  test('is found behind one that was taken long before and committed after', async () => {
    const here = place();
    const { engine, commandId } = await leave(here, 'finishAsync', 'Count', { box: 'a' });
    here.setNow(START - 90 * DAY_MS);
    await mustAccept(engine, 'Count', { box: 'a' });
    here.setNow(START + 9 * DAY_MS);
    await outcomeOf(here.start(here.store).engine, commandId);
    expect((await stateOf(here.store, 'a')).version).toBe(2);
  });
});

describe('an async command that did not take effect, found late', () => {
  test('is run, and its target’s older history is not read', async () => {
    const here = place();
    const { store, calls } = countingStore(here.store);
    const { engine } = here.start(here.store);
    for (let count = 0; count < 350; count++) await mustAccept(engine, 'Count', { box: 'a' });
    here.setNow(START + 30 * DAY_MS);
    const { commandId } = await leave(here, 'commit', 'Count', { box: 'a' });
    here.setNow(START + 60 * DAY_MS);
    const outcome = await outcomeOf(here.start(store).engine, commandId);
    expect(outcome).toMatchObject({ status: 'accepted', actor: { version: 351 } });
    expect(calls.trail).toBe(1);
  });

  test('is looked for once, however often it is tried', async () => {
    const here = place();
    const { commandId } = await leave(here, 'commit', 'Count', { box: 'a' });
    here.setNow(START + 2 * DAY_MS);
    let fate: Fate = 'refused';
    const { store, calls } = countingStore(here.store);
    const { engine, runtime } = here.start(
      faultyStore(store, (method) => (method === 'commit' ? fate : 'answered')),
    );
    const { unavailableAgeMsMax } = DEFAULT_LIMITS;
    for (let tries = 1; tries <= 3; tries++) {
      await until(() => runtime.monotonic() > tries * unavailableAgeMsMax);
      await sweep(runtime, 1);
    }
    fate = 'answered';
    await until(async () => {
      runtime.wake();
      return (await engine.asyncOutcome(commandId)) !== 'pending';
    });
    expect((await stateOf(here.store, 'a')).version).toBe(1);
    expect(calls.trail).toBe(1);
  });
});

describe('an async command that no code at hand can run', () => {
  const commandId = '00000000-0000-4000-8000-0000000000aa';

  test.each([
    ['no JSON', 'not what a node keeps'],
    ['something else', '{"type":"Count"}'],
  ])('ends as a fault, and is told of once: %s', async (_, kept) => {
    const here = place();
    await here.store.putAsync(commandId, kept);
    let fate: Fate = 'refused';
    const { engine, log, runtime } = here.start(
      faultyStore(here.store, (method) => (method === 'finishAsync' ? fate : 'answered')),
    );
    await until(() => log.errors.length > 0);
    await sweep(runtime);
    fate = 'answered';
    await until(async () => {
      runtime.wake();
      return (await engine.asyncOutcome(commandId)) !== 'pending';
    });
    expect(await engine.asyncOutcome(commandId)).toMatchObject({
      status: 'failed',
      commandId,
      failure: { code: 'system_error' },
    });
    expect(log.errors).toMatchObject([{ fields: { commandId } }]);
    expect(
      await here.store.pendingAsync(partitionOf(commandId, here.store.partitions), 10),
    ).toEqual([]);
  });

  test.each([
    ['an unknown command', 'Gone', { box: 'a' }],
    ['a body that its schema refuses', 'Count', { box: 'a', more: 1 }],
  ])('is left to newer code for a while: %s', async (_, type, body) => {
    const here = place();
    const identity = { commandId, at: START, traceId: 'a'.repeat(32) };
    await here.store.putAsync(commandId, JSON.stringify({ type, body, delivery: as, identity }));
    const { engine, log, runtime } = here.start(here.store);
    await sweep(runtime);
    expect(await engine.asyncOutcome(commandId)).toBe('pending');
    expect(log.errors).toEqual([]);
    here.setNow(START + 10 * 60 * 1_000);
    await sweep(runtime);
    expect(await outcomeOf(engine, commandId)).toMatchObject({
      status: 'failed',
      traceId: identity.traceId,
      failure: { code: 'system_error' },
    });
    expect(log.errors).toHaveLength(1);
  });
});

const clockCommands = {
  Ring: defineCommand({
    summary: 'Sets when it rings.',
    schema: z.strictObject({
      clock: z.string(),
      due: z.iso.datetime().transform((due) => new Date(due)),
    }),
    target: ({ clock }) => clock,
  }),
};
const clockEvents = { Set: defineEvent({ schema: z.object({ dueMs: z.number() }) }) };

const clockMachine = setup({
  types: {
    context: {} as { dueMs: number },
    events: {} as Messages<typeof clockCommands>,
    emitted: {} as Emitted<typeof clockEvents>,
  },
}).createMachine({
  id: 'clock',
  context: { dueMs: 0 },
  on: {
    Ring: {
      actions: [
        assign({ dueMs: ({ event }) => event.data.due.getTime() }),
        emit(({ context }) => ({ type: 'Set', data: { dueMs: context.dueMs } })),
      ],
    },
  },
});

const clockApp = defineApp({
  aggregates: [
    defineAggregate({
      type: 'clock',
      machine: clockMachine,
      commands: clockCommands,
      events: clockEvents,
    }),
  ],
});

test('what a schema makes of a body reaches the machine, also where it is not JSON', async () => {
  const { engine } = startNode(createMemoryStore(), { app: clockApp });
  const due = '2026-03-01T00:00:00Z';
  const atOnce = await send(engine, 'Ring', { clock: 'a', due });
  const ring = command(engine, 'Ring', { clock: 'b', due });
  const later = await outcomeOf(engine, (await engine.submitAsync(ring, as)).commandId);
  for (const outcome of [atOnce, later]) {
    expect(outcome).toMatchObject({ events: [{ type: 'Set', data: { dueMs: Date.parse(due) } }] });
  }
});

describe('an async command whose target has lost its older history, found late', () => {
  /** It took effect, and so many records are gone; of the others, some are younger than it. */
  async function found(trimmed: number) {
    const here = place();
    for (let count = 0; count < 20; count++) {
      await mustAccept(here.start(here.store).engine, 'Count', { box: 'a' });
    }
    here.setNow(START + DAY_MS);
    const { engine, commandId } = await leave(here, 'finishAsync', 'Count', { box: 'a' });
    for (let count = 0; count < 20; count++) await mustAccept(engine, 'Count', { box: 'a' });
    await here.store.trim(partitionOf('box:a', here.store.partitions), trimmed);
    here.setNow(START + 9 * DAY_MS);
    const later = here.start(here.store);
    const outcome = await outcomeOf(later.engine, commandId);
    return { outcome, version: (await stateOf(here.store, 'a')).version, log: later.log };
  }

  test('has its answer where its record is still there', async () => {
    const { outcome, version } = await found(20);
    expect(outcome).toMatchObject({ status: 'accepted', actor: { version: 21 } });
    expect(version).toBe(41);
  });

  test.each([21, 41])(
    'is not run again, and not guessed at, where %i records are gone',
    async (trimmed) => {
      const { outcome, version, log } = await found(trimmed);
      expect(outcome).toMatchObject({ status: 'failed', failure: { code: 'unavailable' } });
      expect(version).toBe(41);
      expect(
        JSON.stringify(log.errors.map(({ fields }) => String(Object.values(fields)[0]))),
      ).toMatch(
        /the history of box:a was trimmed: whether this Count was run before cannot be told any more/,
      );
    },
  );

  test('is run where all that is gone is certainly older', async () => {
    const here = place();
    const { engine } = here.start(here.store);
    for (let count = 0; count < 40; count++) await mustAccept(engine, 'Count', { box: 'a' });
    await here.store.trim(partitionOf('box:a', here.store.partitions), 24);
    here.setNow(START + DAY_MS);
    const { commandId } = await leave(here, 'commit', 'Count', { box: 'a' });
    here.setNow(START + 9 * DAY_MS);
    const outcome = await outcomeOf(here.start(here.store).engine, commandId);
    expect(outcome).toMatchObject({ status: 'accepted', actor: { version: 41 } });
  });
});
