/** What other code wrote, newer, older or gone, is told as far as it goes, with a plain warning. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  defineView,
  type Emitted,
  type Json,
  type Messages,
} from '../../src/define/index.ts';
import type {
  ActorDetail,
  ActorPage,
  HistoryPage,
  PastState,
  Trace,
} from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { deskApp } from '../support/desk/index.ts';
import { mustAccept } from '../support/node.ts';
import { atRest, type InspectedNode, look, startInspected, statusOf } from './store-world.ts';

const TRACE = 'abc'.padStart(32, '0');

/** A box that counts, as an app of several versions has it. */
function countingApp(
  change: {
    readonly version?: number;
    readonly upcaster?: (data: Json) => Json;
    readonly add?: (total: number) => number;
    readonly note?: unknown;
    readonly viewed?: (total: number) => { total: number };
  } = {},
): App {
  const {
    version = 1,
    upcaster = (data) => data,
    add = (total) => total + 1,
    note = null,
    viewed = (total) => ({ total }),
  } = change;
  const counting = {
    Count: defineCommand({
      summary: 'Counts.',
      schema: z.strictObject({ box: z.string() }),
      target: ({ box }) => box,
    }),
  };
  const events = {
    Counted: defineEvent({
      schema: z.object({ total: z.number() }),
      version,
      upcast: version === 1 ? {} : { 1: upcaster },
    }),
  };
  const machine = setup({
    types: {
      context: {} as { total: number; note: unknown },
      events: {} as Messages<typeof counting>,
      emitted: {} as Emitted<typeof events>,
    },
  }).createMachine({
    id: 'box',
    context: { total: 0, note: null },
    initial: 'open',
    states: {
      open: {
        on: {
          Count: {
            actions: [
              assign({ total: ({ context }) => add(context.total), note }),
              emit(({ context }) => ({ type: 'Counted', data: { total: context.total } })),
            ],
          },
        },
      },
    },
  });
  const box = defineAggregate({
    type: 'box',
    version,
    migrations: version === 1 ? {} : { 1: (state) => state },
    machine,
    commands: counting,
    events,
    view: {
      definition: defineView({ aggregate: 'box', schema: z.object({ total: z.number() }) }),
      of: ({ context }) => viewed(context.total),
    },
  });
  return defineApp({ aggregates: [box] });
}

/** Some counts by one code, looked at with another. */
async function looking(wrote: App, looks: App): Promise<InspectedNode> {
  const store = createMemoryStore({ partitions: 2 });
  const writer = await startInspected(store, { app: wrote });
  for (let n = 0; n < 3; n++) {
    await mustAccept(writer.engine, 'Count', { box: 'a' }, { traceId: TRACE });
  }
  await atRest(writer);
  await writer.end();
  const node = await startInspected(store, { app: looks });
  await look(node, '/actors');
  return node;
}

/** Every step of the box, newest first. */
async function travelled(node: InspectedNode): Promise<readonly PastState[]> {
  const { steps } = await look<HistoryPage>(node, '/actors/box/a/history');
  expect(steps.map(({ version }) => version)).toEqual([3, 2, 1]);
  return Promise.all(
    steps.map(({ position }) => look<PastState>(node, `/actors/box/a/at/${position}`)),
  );
}

describe('what newer code wrote', () => {
  let node: InspectedNode;
  beforeAll(async () => {
    node = await looking(countingApp({ version: 2 }), countingApp());
  });
  afterAll(() => node.end());

  test('is listed, and told as far as it can be read', async () => {
    const { items } = await look<ActorPage>(node, '/actors');
    expect(items).toMatchObject([{ id: 'a', state: 'open', version: 3 }]);
    const detail = await look<ActorDetail>(node, '/actors/box/a');
    expect(detail).toMatchObject({ state: null, records: 3 });
    expect(detail.warning).toContain('was written by version 2');
    for (const past of await travelled(node)) {
      expect(past).toMatchObject({ before: null, after: null });
      expect(past.eventData).toMatchObject([{ type: 'Counted' }]);
      expect(past.warning).toContain('recorded as version 2');
    }
    const { steps, isCut } = await look<Trace>(node, `/traces/${TRACE}`);
    expect(steps).toHaveLength(3);
    expect(isCut).toBe(false);
  });
});

describe('what older code wrote', () => {
  test.each([
    [
      'whose upcaster throws',
      { version: 2, upcaster: () => Object(null).nothing.there },
      'cannot be read by this code',
    ],
    ['whose step throws', { add: () => Object(null).nothing.there }, 'it fails'],
    ['that comes to what no state may hold', { note: 1n }, 'no state that can be stored'],
  ] as const)('%s is warned of', async (_, change, warning) => {
    const node = await looking(countingApp(), countingApp(change));
    try {
      for (const past of await travelled(node)) expect(past.warning).toContain(warning);
      await look<ActorDetail>(node, '/actors/box/a');
    } finally {
      await node.end();
    }
  });
});

test('what cannot be read since a function of the app throws is warned of', async () => {
  const viewed = () => Object(null).nothing.there;
  const node = await looking(countingApp(), countingApp({ viewed }));
  try {
    const detail = await look<ActorDetail>(node, '/actors/box/a');
    expect(detail).toMatchObject({ state: null, records: 3 });
    expect(detail.warning).toContain('cannot run what is stored of it');
    const [newest] = await travelled(node);
    expect(newest?.warning).toContain('cannot run what is stored of it');
    expect(newest?.after).toMatchObject({ context: { total: 3 } });
  } finally {
    await node.end();
  }
});

test('what is of a type that the app has no more is nothing that is there', async () => {
  const node = await looking(countingApp(), deskApp([]));
  try {
    expect(await look<ActorPage>(node, '/actors')).toMatchObject({ items: [], total: 0 });
    expect(await statusOf(node, '/actors?q=type:box')).toBe(422);
    for (const path of ['', '/history', '/history/pages', '/at/0:1']) {
      expect(await statusOf(node, `/actors/box/a${path}`)).toBe(404);
    }
    // It cannot be shown, and that is said.
    expect(await look<Trace>(node, `/traces/${TRACE}`)).toMatchObject({ steps: [], isCut: true });
  } finally {
    await node.end();
  }
});
