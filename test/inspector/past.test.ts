/** Time travel: what is shown of a step is what the actor was after it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type Messages,
} from '../../src/define/index.ts';
import { prepareAggregate } from '../../src/engine/aggregate-runtime.ts';
import { DEFAULT_LIMITS } from '../../src/engine/limits.ts';
import type { Store } from '../../src/engine/store.ts';
import { type HistoryOf, readPages, readSteps } from '../../src/inspector/actor/history.ts';
import { readPast } from '../../src/inspector/actor/past.ts';
import { UNMASKED } from '../../src/inspector/mask.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { SEED } from '../faults/seed.ts';
import { boxApp } from '../support/box/index.ts';
import { mustAccept, rowOf, send, startNode, stateOf } from '../support/node.ts';
import { createTestRuntime } from '../support/runtime.ts';

const BOX = { type: 'box', id: 'a' };

function historyOf(store: Store, app: App = boxApp): HistoryOf {
  const definition = app.aggregates.get('box');
  if (!definition) throw new Error('no box');
  const aggregate = prepareAggregate(definition, DEFAULT_LIMITS, createTestRuntime(7), true);
  return { store, aggregate, actor: BOX };
}

const pastOf = (of: HistoryOf, position: number) =>
  readPast(of, position, `0:${position}`, UNMASKED);

type Sent = readonly [type: string, body: object];

const commands: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Sent>(['Count', {}]) },
  { weight: 2, arbitrary: fc.constant<Sent>(['Refuse', {}]) },
  fc.nat(50).map((total): Sent => ['Settle', { total }]),
  fc.constantFrom('pen', 'cup').map((item): Sent => ['Put', { item }]),
  fc.constantFrom('pen', 'cup').map((item): Sent => ['Take', { item }]),
  fc.constantFrom('Ann', 'Bob').map((name): Sent => ['Name', { name }]),
);

/** Sends commands one by one, and looks at the box after each. */
async function lived(store: Store, sent: readonly Sent[]) {
  const { engine } = startNode(store);
  const after = new Map<number, { command: string; value: unknown; context: unknown }>();
  for (const [command, body] of sent) {
    const outcome = await send(engine, command, { box: 'a', ...body });
    if (outcome.status === 'failed') throw new Error(outcome.failure.code);
    const { machine } = await stateOf(store, 'a');
    const [newest] = (await store.trail(BOX, null, 1)).records;
    // What had no effect is not recorded.
    if (!newest || after.has(newest.position)) continue;
    after.set(newest.position, { command, value: machine.value, context: machine.context });
  }
  return after;
}

/** Travels to every step, and compares. */
async function expectSame(store: Store, after: Awaited<ReturnType<typeof lived>>) {
  const of = historyOf(store);
  let before = { value: 'open', context: { total: 0, name: null, scratch: null } } as {
    value: unknown;
    context: unknown;
  };
  for (const [position, { command, ...state }] of after) {
    const past = await pastOf(of, position);
    expect(past, `at ${position}`).toMatchObject({
      step: { command, position: `0:${position}` },
      before,
      after: state,
      warning: null,
    });
    expect(past?.folded).toBeLessThanOrEqual(100);
    expect(past?.taken[0], `the way at ${position}`).toMatch(`open:${command}:`);
    before = state;
  }
}

describe('time travel', () => {
  test('shows after each step what the actor was then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { minLength: 1, maxLength: 25 }), async (sent) => {
        const store = createMemoryStore({ partitions: 1 });
        await expectSame(store, await lived(store, sent));
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  test('does so over hundreds of steps, from the nearest snapshot', async () => {
    const store = createMemoryStore({ partitions: 1 });
    const [sent = []] = fc.sample(fc.array(commands, { minLength: 420, maxLength: 420 }), {
      numRuns: 1,
      seed: 11,
    });
    const after = await lived(store, sent);
    expect(after.size).toBeGreaterThan(300);
    await expectSame(store, after);
  });

  test('knows no step where the actor has none', async () => {
    const store = createMemoryStore({ partitions: 1 });
    const { engine } = startNode(store);
    await mustAccept(engine, 'Count', { box: 'a' });
    await mustAccept(engine, 'Count', { box: 'b' });
    expect(await pastOf(historyOf(store), 1)).not.toBeNull();
    expect(await pastOf(historyOf(store), 2)).toBeNull();
    expect(await pastOf(historyOf(store), 99)).toBeNull();
  });
});

/** A box that counts, as an app of several versions has it. */
function countingApp(change: { by?: number; state?: string } = {}): App {
  const { by = 1, state = 'open' } = change;
  const counting = {
    Count: defineCommand({
      summary: 'Counts.',
      schema: z.strictObject({ box: z.string() }),
      target: ({ box }) => box,
    }),
  };
  const events = { Counted: defineEvent({ schema: z.object({ total: z.number() }) }) };
  const machine = setup({
    types: {
      context: {} as { total: number },
      events: {} as Messages<typeof counting>,
      emitted: {} as Emitted<typeof events>,
    },
  }).createMachine({
    id: 'box',
    context: { total: 0 },
    initial: 'open',
    states: {
      open: {
        on: {
          Count: {
            target: state,
            actions: [
              assign({ total: ({ context }) => context.total + by }),
              emit(({ context }) => ({ type: 'Counted', data: { total: context.total } })),
            ],
          },
        },
      },
      ...(state === 'open' ? {} : { [state]: {} }),
    },
  });
  const box = defineAggregate({ type: 'box', machine, commands: counting, events });
  return defineApp({ aggregates: [box] });
}

async function counted(times: number) {
  const store = createMemoryStore({ partitions: 1 });
  const { engine } = startNode(store, { app: countingApp() });
  for (let n = 0; n < times; n++) await mustAccept(engine, 'Count', { box: 'a' });
  return store;
}

describe('time travel warns', () => {
  test('of a machine that has changed since, and of what it makes of the same commands', async () => {
    const store = await counted(3);
    const changed = historyOf(store, countingApp({ state: 'counted' }));
    const past = await pastOf(changed, 1);
    expect(past?.warning).toMatch(/^The machine has changed since/);
    expect(past?.after).toMatchObject({ value: 'counted', context: { total: 1 } });
    const second = await pastOf(changed, 2);
    expect(second?.warning).toContain('it recorded Counted, and would record nothing');
  });

  test('of code that decides otherwise, though the machine looks the same', async () => {
    const store = await counted(3);
    const past = await pastOf(historyOf(store, countingApp({ by: 2 })), 2);
    expect(past?.warning).toContain('it would record other values: Counted.total');
    expect(past?.warning).not.toContain('has changed since');
  });

  test('of a stored state that the history does not come to', async () => {
    const store = await counted(2);
    const row = await rowOf(store, 'a');
    await store.commit({
      actor: BOX,
      turnId: 'meddling' as never,
      expected: row.lastTurn,
      state: row.state?.replace('"total":2', '"total":7') ?? null,
      view: null,
      held: null,
      records: [],
      recordCount: 2,
      entries: [],
      replies: [],
    });
    const of = historyOf(store, countingApp());
    expect((await pastOf(of, 2))?.warning).toContain('what is stored now: its state has other');
    expect((await pastOf(of, 1))?.warning).toBeNull();
  });

  test('of history that was trimmed, and goes on from the snapshots that are left', async () => {
    const store = await counted(250);
    await store.trim(0, 120);
    const of = historyOf(store, countingApp());
    const lost = await pastOf(of, 150);
    expect(lost).toMatchObject({ before: null, after: null, taken: [], step: { version: 150 } });
    expect(lost?.warning).toContain('was trimmed');
    const carried = await pastOf(of, 200);
    expect(carried).toMatchObject({ before: null, after: { context: { total: 200 } } });
    const kept = await pastOf(of, 201);
    expect(kept).toMatchObject({ after: { context: { total: 201 } }, folded: 1, warning: null });
    expect(await pastOf(of, 100)).toBeNull();
  });
});

describe('the history of an actor', () => {
  test('is read page by page, newest first, each step once', async () => {
    const of = historyOf(await counted(230), countingApp());
    const versions: number[] = [];
    const first = await readSteps(of, null, 100, UNMASKED);
    expect(first?.total).toBe(230);
    for (let page = first; page; ) {
      versions.push(...page.steps.map(({ version }) => version));
      if (page.next === null) break;
      page = await readSteps(of, Number(page.next.split(':')[1]), 100, UNMASKED);
      expect(page?.total).toBeNull();
    }
    expect(versions).toEqual(Array.from({ length: 230 }, (_, index) => 230 - index));
  });

  test('tells where its pages begin, so many at once', async () => {
    const of = historyOf(await counted(2_130), countingApp());
    const found = await readPages(of, 2_030);
    expect(found?.starts.length).toBe(20);
    expect(found?.starts.slice(0, 2)).toEqual(['0:2030', '0:1930']);
    expect(found).toMatchObject({ next: '0:30', lastSteps: 100 });
    expect(await readPages(of, 30)).toEqual({
      starts: ['0:30'],
      next: null,
      lastSteps: 30,
      isTrimmed: false,
    });
    expect(await readPages(of, 9_999)).toBeNull();
  });

  test('ends where it was trimmed, and counts what is gone', async () => {
    const store = await counted(30);
    await store.trim(0, 10);
    const page = await readSteps(historyOf(store, countingApp()), null, 100, UNMASKED);
    expect(page).toMatchObject({ next: null, isTrimmed: true, total: 30 });
    expect(page?.steps.length).toBe(20);
  });
});
