/** `everstate check` names what would break before it is deployed; what a migration mends, it passes. */
import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineEvent,
  definePolicy,
  defineProjection,
  defineReadModel,
  type PolicyMessages,
  put,
  sends,
} from '../../src/define/index.ts';
import { type CheckReport, checkStored } from '../../src/engine/check/check.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { Office } from '../engine/background/office.ts';
import { boxApp } from '../support/box/index.ts';
import { deskApp, onWritten, stamp, stampOnce } from '../support/desk/index.ts';
import { mustAccept, send, startNode } from '../support/node.ts';
import { events, PACK, parcelApp, parcels } from './parcels.ts';

type Parts = NonNullable<Parameters<typeof parcelApp>[0]>;

/** Whatever writes. */
const WRITES = [
  ...['commit', 'swapClaim', 'fenceClaim', 'putAsync', 'finishAsync', 'subscribe', 'unsubscribe'],
  ...['trim', 'beat', 'leave', 'swapLease', 'step', 'post', 'transfer', 'clear'],
];

/** A store of which nothing but reading is possible. */
function readOnly(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (WRITES.includes(String(name))) throw new Error(`a check calls ${String(name)}`);
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]) => {
        if (name === 'fetch' && JSON.stringify(args).includes('"pointers":[{')) {
          throw new Error('a check sets a pointer');
        }
        return Reflect.apply(member, target, args);
      };
    },
  });
}

function check(app: App, store: Store, withHistory = true): Promise<CheckReport> {
  return checkStored({
    app,
    store: readOnly(store),
    runtime: createSystemRuntime(),
    actorsPerSecond: 1_000_000,
    withHistory,
  });
}

/** Findings in words: kind, what about, what of it; how many. */
function words({ findings }: CheckReport): string[] {
  return findings.map(({ kind, about, detail, count }) => `${kind} ${count} ${about}: ${detail}`);
}

/** Two parcels of the first version that are packed, one that is sent. */
async function stored(limits = {}) {
  const store = createMemoryStore({ partitions: 4 });
  const { engine } = startNode(store, { app: parcelApp(), limits });
  for (const parcel of ['a', 'b', 'c']) {
    await mustAccept(engine, 'Pack', { parcel, grams: 500 });
    await mustAccept(engine, 'Pack', { parcel, grams: 1_500 });
  }
  await mustAccept(engine, 'Send', { parcel: 'c' });
  // Recorded nowhere.
  await send(engine, 'Deliver', { parcel: 'a' });
  return store;
}

async function found(parts: Parts): Promise<string[]> {
  return words(await check(parcelApp(parts), await stored()));
}

const SEND = { target: 'sent', actions: 'sent' } as const;
const DELIVER = { Deliver: { target: 'delivered', actions: 'delivered' } } as const;

const machines = {
  renamed: parcels.createMachine({
    id: 'parcel',
    context: { grams: 0 },
    initial: 'empty',
    states: {
      empty: { on: { Pack: { target: 'ready', actions: ['weigh', 'packed'] } } },
      ready: { on: { Pack: { actions: ['weigh', 'packed'] }, Send: SEND } },
      sent: { on: DELIVER },
      delivered: {},
    },
  }),
  split: parcels.createMachine({
    id: 'parcel',
    context: { grams: 0 },
    initial: 'empty',
    states: {
      empty: { on: { Pack: PACK } },
      packed: {
        initial: 'open',
        states: { open: { on: { Send: { target: '#sent', actions: 'sent' } } }, shut: {} },
        on: { Pack: PACK },
      },
      sent: { id: 'sent', on: DELIVER },
      delivered: {},
    },
  }),
  removed: parcels.createMachine({
    id: 'parcel',
    context: { grams: 0 },
    initial: 'empty',
    states: {
      empty: { on: { Pack: { actions: ['weigh', 'packed'] }, Send: SEND } },
      sent: { on: DELIVER },
      delivered: {},
    },
  }),
};

describe('what is as the code has it', () => {
  test('is passed, all of it', async () => {
    const report = await check(parcelApp(), await stored());
    expect(report).toMatchObject({
      findings: [],
      actors: 3,
      histories: 3,
      records: 7,
      recordsAll: 7,
    });
  });

  test.each([1, 2, 3])(
    'also where a replay begins at a snapshot, every %s records',
    async (every) => {
      const report = await check(parcelApp(), await stored({ recordsPerSnapshot: every }));
      expect(report).toMatchObject({ findings: [], actors: 3, histories: 3 });
    },
  );

  test('also refusals, claims, collections, and facts of many kinds', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store);
    for (const box of ['a', 'b']) await mustAccept(engine, 'Count', { box });
    const report = await check(boxApp, store);
    expect(report).toMatchObject({ findings: [], actors: 2, histories: 2 });
  });

  test('a state and a transition that are new break nothing', async () => {
    const machine = parcels.createMachine({
      id: 'parcel',
      context: { grams: 0 },
      initial: 'empty',
      states: {
        empty: { on: { Pack: PACK, Send: 'lost' } },
        packed: { on: { Pack: PACK, Send: SEND } },
        sent: { on: DELIVER },
        delivered: {},
        lost: {},
      },
    });
    expect(await found({ machine })).toEqual([]);
  });
});

describe('a machine', () => {
  test.each([
    [
      'renamed',
      "the machine does not have the state \"packed\": State 'packed' does not exist on 'parcel'",
    ],
    [
      'removed',
      "the machine does not have the state \"packed\": State 'packed' does not exist on 'parcel'",
    ],
    [
      'split',
      'the machine has no state that is "packed" and nothing else; the nearest is {"packed":"open"}',
    ],
  ] as const)('whose state was %s', async (change, detail) => {
    const all = await found({ machine: machines[change] });
    expect(all).toEqual([`state 2 parcel, version 1: ${detail}`]);
  });

  test.each([
    ['renamed', 'ready'],
    ['removed', 'empty'],
    ['split', { packed: 'open' }],
  ] as const)('whose state was %s, with a migration', async (change, value) => {
    const migrations = {
      1: (state: { value: unknown }) => (state.value === 'packed' ? { value } : {}),
    };
    expect(await found({ machine: machines[change], version: 2, migrations } as never)).toEqual([]);
  });

  test('whose migration is missing, or breaks a state', async () => {
    expect(await found({ version: 2 })).toEqual([
      'state 3 parcel, version 2: it was written by version 1, and there is no migration from 1 to 2',
    ]);
    const migrations = { 1: () => ({ value: 'nowhere' }) };
    expect((await found({ version: 2, migrations }))[0]).toContain(
      'does not have the state "nowhere"',
    );
  });

  test('whose context is another', async () => {
    const context = z.object({ grams: z.number(), sender: z.string() });
    expect(await found({ context } as never)).toEqual([
      expect.stringContaining(
        'state 3 parcel, version 1: its context breaks its schema: context.sender',
      ),
    ]);
  });

  test('older than what is stored', async () => {
    const store = await stored();
    const { engine } = startNode(store, {
      seed: 2,
      app: parcelApp({ version: 2, migrations: { 1: () => ({}) } }),
    });
    await mustAccept(engine, 'Send', { parcel: 'a' });
    expect(words(await check(parcelApp(), store))).toEqual([
      'newer 1 parcel, version 1: it was written by version 2 of its aggregate; this code knows version 1',
    ]);
  });
});

describe('a history', () => {
  test('that a changed guard decides otherwise', async () => {
    const machine = parcels.createMachine({
      id: 'parcel',
      context: { grams: 0 },
      initial: 'empty',
      states: {
        empty: { on: { Pack: PACK } },
        packed: { on: { Pack: PACK, Send: { guard: 'isLight', ...SEND } } },
        sent: { on: DELIVER },
        delivered: {},
      },
    });
    expect(await found({ machine })).toEqual([
      'history 1 parcel: Send, decided by another machine: it recorded Sent, and would record nothing',
    ]);
  });

  test('that the same machine decides otherwise: an assignment is not pure', async () => {
    let calls = 0;
    const impure = parcelApp()
      .aggregates.get('parcel')
      ?.machine.provide({
        actions: { weigh: assign({ grams: () => calls++ }) },
      } as never);
    if (!impure) throw new Error('no machine');
    const store = createMemoryStore();
    const { engine } = startNode(store, { app: parcelApp({ machine: impure }) });
    await mustAccept(engine, 'Pack', { parcel: 'a', grams: 1 });
    expect(words(await check(parcelApp({ machine: impure }), store))).toEqual([
      'history 1 parcel: its state has other values: context.grams',
    ]);
  });

  test('that records other values', async () => {
    const machine = parcelApp()
      .aggregates.get('parcel')
      ?.machine.provide({
        actions: { weigh: assign({ grams: 7 }) },
      } as never);
    if (!machine) throw new Error('no machine');
    expect(await found({ machine })).toEqual([
      'history 3 parcel: its state has other values: context.grams',
    ]);
  });

  test('of which the beginning was trimmed is passed over, and counted', async () => {
    const store = await stored({ recordsPerSnapshot: 3 });
    for (const [partition, head] of (await store.heads()).entries()) {
      if (head > 0) await store.trim(partition, 1);
    }
    const report = await check(parcelApp(), store);
    expect(report.findings).toEqual([]);
    expect(report.trimmedHistories).toBeGreaterThan(0);
    expect(report.actors).toBe(3);
    expect(report.records).toBe(report.recordsAll);
  });

  test('of which the beginning was trimmed is replayed from a snapshot that is left', async () => {
    const store = createMemoryStore({ partitions: 1 });
    const { engine } = startNode(store, { app: parcelApp(), limits: { recordsPerSnapshot: 2 } });
    for (const grams of [1, 2, 3, 4, 5]) await mustAccept(engine, 'Pack', { parcel: 'a', grams });
    await store.trim(0, 3);
    const report = await check(parcelApp(), store);
    expect(report).toMatchObject({ findings: [], histories: 1, trimmedHistories: 0, records: 2 });
  });

  test('is left out where it is not asked for', async () => {
    const report = await check(parcelApp(), await stored(), false);
    expect(report).toMatchObject({ actors: 3, histories: 0 });
  });
});

describe('recorded events', () => {
  const changed = (Packed: unknown, machine?: unknown) =>
    found({ events: { ...events, Packed }, ...(machine ? { machine } : {}) } as never);

  test('of a kind that was removed', async () => {
    const { Packed: _, ...rest } = events;
    // The machine that emitted it goes with it.
    const machine = parcels.createMachine({
      id: 'parcel',
      context: { grams: 0 },
      initial: 'empty',
      states: {
        empty: { on: { Pack: { target: 'packed', actions: 'weigh' } } },
        packed: { on: { Pack: { actions: 'weigh' }, Send: SEND } },
        sent: { on: DELIVER },
        delivered: {},
      },
    });
    expect(await found({ events: rest, machine } as never)).toEqual([
      'event 6 Packed, version 1: parcel does not declare it',
      'history 3 parcel: Pack, decided by another machine: it recorded Packed, and would record nothing',
    ]);
  });

  const schema = z.object({ parcel: z.string(), grams: z.number(), box: z.string() });

  test('whose schema has changed without a version', async () => {
    const all = await changed(defineEvent({ schema }));
    expect(all[0]).toContain('event 6 Packed, version 1: its data breaks the schema: data.box: ');
  });

  test('whose upcaster throws, or gives what breaks the schema; or mends it', async () => {
    const upcasting = (step: (data: object) => object) =>
      changed(
        defineEvent({ schema, version: 2, upcast: { 1: (data) => step(data as object) as never } }),
      );
    const thrown = await upcasting(() => {
      throw new Error('which box?');
    });
    expect(thrown[0]).toBe('event 6 Packed, version 1: an upcaster throws: which box?');
    const broken = await upcasting((data) => data);
    expect(broken[0]).toContain('event 6 Packed, version 1: its data breaks the schema: data.box');
    const mended = await upcasting((data) => ({ ...data, box: 'small' }));
    expect(mended.filter((line) => line.startsWith('event'))).toEqual([]);
  });

  test('whose upcaster is missing', async () => {
    // `defineApp` finds that: an app that was put together otherwise does not.
    const sound = parcelApp();
    const aggregate = sound.aggregates.get('parcel');
    if (!aggregate) throw new Error('no aggregate');
    const Packed = defineEvent({
      schema: events.Packed.schema,
      version: 3,
      upcast: { 2: (d) => d },
    });
    const broken = { ...aggregate, events: { ...events, Packed } };
    const app = { ...sound, aggregates: new Map([['parcel', broken]]) };
    const all = words(await check(app, await stored(), false));
    expect(all).toEqual(['event 6 Packed, version 1: Packed has no upcaster from version 1']);
  });

  test('of a newer version, and of an aggregate that is gone', async () => {
    const store = createMemoryStore();
    const Packed = defineEvent({
      schema: events.Packed.schema,
      version: 2,
      upcast: { 1: (d) => d },
    });
    const { engine } = startNode(store, { app: parcelApp({ events: { ...events, Packed } }) });
    await mustAccept(engine, 'Pack', { parcel: 'a', grams: 1 });
    expect(words(await check(parcelApp(), store, false))).toEqual([
      'newer 1 Packed, version 2: this code knows version 1',
    ]);
    expect(words(await check(boxApp, store))).toEqual([
      'gone 1 aggregate parcel: the app has no such aggregate',
    ]);
  });
});

describe('what policies and projections have', () => {
  const on = { ...onWritten };
  const policy = (waiting: string, parts: object = {}) =>
    definePolicy({
      name: 'clerk',
      machine: setup({
        types: { context: {} as object, events: {} as PolicyMessages<typeof on> },
        actions: { send: sends<typeof import('../support/desk/index.ts').commands>() },
      }).createMachine({
        id: 'clerk',
        context: {},
        initial: 'idle',
        states: {
          idle: { on: { Written: waiting } },
          [waiting]: {
            on: { Written: { actions: { type: 'send', params: stamp('stamps', 'x') } } },
            after: { 3600000: 'idle' },
          },
        },
      }),
      on,
      correlate: 'actor',
      ...parts,
    });

  async function waiting() {
    const office = await Office.open(deskApp([policy('waiting')]));
    await office.write('a', 'first');
    await office.write('b', 'first');
    await office.idle();
    await office.node.stop();
    return office;
  }

  test('is passed where nothing changed', async () => {
    const office = await waiting();
    const report = await check(office.app, office.nodes.store);
    expect(report).toMatchObject({ findings: [], instances: 2, waiting: 2 });
  });

  test('an instance whose state is gone; and one that a migration mends, but for its timer', async () => {
    const { store } = (await waiting()).nodes;
    expect(words(await check(deskApp([policy('pausing')]), store))).toEqual([
      expect.stringContaining(
        'instance 2 clerk, version 1: the machine does not have the state "waiting"',
      ),
    ]);
    const migrations = { 1: () => ({ value: 'pausing' }) };
    const half = deskApp([policy('pausing', { version: 2, migrations })]);
    expect(words(await check(half, store))).toEqual([
      'waiting 2 clerk: xstate.after.3600000.clerk.waiting is pending, and its state does not wait for it',
      'waiting 2 clerk: its state waits for xstate.after.3600000.clerk.pausing, which is not pending',
    ]);
    const whole = {
      1: ({ timers }: { timers: Readonly<Record<string, number>> }) => ({
        value: 'pausing',
        timers: { 'xstate.after.3600000.clerk.pausing': Object.values(timers)[0] },
      }),
    };
    const mended = deskApp([policy('pausing', { version: 2, migrations: whole })]);
    expect(words(await check(mended, store))).toEqual([]);
  });

  test('a policy that is gone', async () => {
    const { store } = (await waiting()).nodes;
    expect(words(await check(deskApp([]), store))).toEqual([
      'gone 1 subscriber clerk: the app has no such policy or projection',
    ]);
  });

  test('a dead letter, its event, and a command that waits', async () => {
    const jammed = { isJammed: true };
    const jams = definePolicy({
      name: 'jams',
      machine: setup({
        types: { context: {} as object, events: {} as PolicyMessages<typeof on> },
        actions: { send: sends<typeof import('../support/desk/index.ts').commands>() },
      }).createMachine({
        id: 'jams',
        context: {},
        on: {
          Written: {
            actions: {
              type: 'send',
              params: { command: 'Jam', data: { desk: 'stamps', stamp: 'x' } },
            },
          },
        },
      }),
      on,
      attempts: 1,
    });
    const office = await Office.open(deskApp([jams], { faults: jammed }));
    await office.write('a', 'first');
    await office.until(async () => (await office.letters()).length === 1);
    await office.node.stop();
    const { store } = office.nodes;
    expect(words(await check(office.app, store))).toEqual(['letter 1 jams: command']);
    const without = deskApp([jams]);
    const desk = without.aggregates.get('desk');
    if (!desk) throw new Error('no desk');
    const { Jam: _, ...rest } = desk.commands;
    const app: App = {
      ...without,
      commands: new Map(Object.keys(rest).map((name) => [name, { ...desk, commands: rest }])),
    };
    expect(words(await check(app, store))).toEqual([
      'command 1 jams: Jam: the app has no such command',
      'letter 1 jams: command',
    ]);
  });

  test('a read model of an older version of its projection', async () => {
    const model = defineReadModel('written');
    const projection = (version: number) =>
      defineProjection({
        name: 'written',
        version,
        model,
        on,
        folds: {
          Written: ({ desk }, { occurredAt }) => [{ owner: desk, change: put(desk, occurredAt) }],
        },
      });
    const app = (version: number) => deskApp([], { projections: [projection(version)] });
    const office = await Office.open(app(2));
    await office.write('a', 'first');
    await office.idle();
    await office.node.stop();
    const { store } = office.nodes;
    expect(words(await check(app(2), store))).toEqual([]);
    expect(words(await check(app(3), store))).toEqual([
      'rebuild 1 projection written: made by version 2; this code has version 3',
    ]);
    expect(words(await check(app(1), store))).toEqual([
      'newer 1 projection written: made by version 2; this code has version 1',
    ]);
  });

  test('an instance that begins and ends leaves nothing to check', async () => {
    const office = await Office.open(
      deskApp([definePolicy({ name: 'once', machine: stampOnce, on })]),
    );
    await office.write('a', 'first');
    await office.idle();
    expect(await check(office.app, office.nodes.store)).toMatchObject({
      findings: [],
      instances: 0,
    });
  });
});

test('a command that is answered later and that the code does not have', async () => {
  const store = createMemoryStore();
  const entry = {
    body: { parcel: 'a' },
    delivery: { principal: 'p' },
    identity: { commandId: 'c', at: 0, traceId: 't' },
  };
  await store.putAsync('c1', JSON.stringify({ type: 'Deliver', ...entry }));
  await store.putAsync('c2', JSON.stringify({ type: 'Burn', ...entry }));
  await store.putAsync('c3', JSON.stringify({ type: 'Pack', ...entry }));
  expect(words(await check(parcelApp(), store)).sort()).toEqual([
    'command 1 answered later: Burn: the app has no such command',
    'command 1 answered later: Pack: it breaks its schema',
  ]);
});

test('a state that holds what nobody claimed', async () => {
  const store = createMemoryStore();
  const { engine } = startNode(store);
  await mustAccept(engine, 'Count', { box: 'a' });
  const box = boxApp.aggregates.get('box');
  if (!box) throw new Error('no box');
  const greedy = {
    ...box,
    claims: { label: { normalize: (text: string) => text, held: () => 'mine' } },
  };
  const app: App = { ...boxApp, aggregates: new Map([['box', greedy]]) };
  expect(words(await check(app, store))).toContain(
    'claim 1 box: box/label is held and was not claimed',
  );
});

test('alike findings are one: memory does not grow with them', async () => {
  const store = createMemoryStore();
  const { engine } = startNode(store, { app: parcelApp() });
  await Promise.all(
    Array.from({ length: 2_000 }, (_, n) =>
      mustAccept(engine, 'Pack', { parcel: `p${n}`, grams: n }),
    ),
  );
  const report = await check(parcelApp({ version: 2 }), store);
  expect(report.findings).toHaveLength(1);
  expect(report.findings[0]).toMatchObject({
    count: 2_000,
    example: expect.stringContaining('parcel:p'),
  });
});
