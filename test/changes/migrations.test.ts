/**
 * Machines change while what they stored stays. A stored state runs only where the machine has it to
 * the last substate; a migration brings it there; nothing is ever taken to be somewhere else.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { emit } from 'xstate';
import { z } from 'zod';
import { defineRejection, defineView, type Migrations } from '../../src/define/index.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import {
  command,
  eventsOf,
  mustAccept,
  rowOf,
  send,
  startNode,
  stateOf,
  word,
} from '../support/node.ts';
import { events, PACK, parcelApp, parcels } from './parcels.ts';

type Parts = NonNullable<Parameters<typeof parcelApp>[0]>;

/** A store in which the first version packed one parcel and sent another. */
async function stored() {
  const store = createMemoryStore();
  const { engine } = startNode(store, { app: parcelApp() });
  for (const parcel of ['packed', 'sent']) {
    await mustAccept(engine, 'Pack', { parcel, grams: 500 });
  }
  await mustAccept(engine, 'Send', { parcel: 'sent' });
  return store;
}

/** What a node of changed code does with them. */
async function meets(parts: Parts, type = 'Send', parcel = 'packed') {
  const store = await stored();
  const node = startNode(store, { app: parcelApp(parts), seed: 2 });
  const outcome = await send(node.engine, type, { parcel });
  return { store, outcome: word(outcome), node };
}

async function faultOf(parts: Parts, parcel?: string): Promise<string> {
  const { outcome, node } = await meets(parts, 'Send', parcel);
  expect(outcome).toBe('system_error');
  const fields = node.log.errors[0]?.fields as { err: Error };
  return fields.err.message;
}

const SEND = { target: 'sent', actions: 'sent' } as const;

/** `packed` was removed: who packs sends. */
const removed = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  initial: 'empty',
  states: {
    empty: { on: { Pack: { target: 'sent', actions: ['weigh', 'packed'] }, Send: SEND } },
    sent: { on: { Deliver: { actions: 'delivered' } } },
  },
});

const renamed = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  initial: 'empty',
  states: {
    empty: { on: { Pack: { target: 'ready', actions: ['weigh', 'packed'] } } },
    ready: { on: { Send: SEND } },
    sent: { on: { Deliver: { actions: 'delivered' } } },
  },
});

/** `packed` has states of its own now. */
const split = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  initial: 'empty',
  states: {
    empty: { on: { Pack: PACK } },
    packed: {
      initial: 'unlabelled',
      states: { unlabelled: {}, labelled: { on: { Send: '#sent' } } },
      on: { Pack: PACK },
    },
    sent: { id: 'sent', entry: 'sent', on: { Deliver: { actions: 'delivered' } } },
  },
});

/** The whole has a second region now. */
const insured = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  type: 'parallel',
  states: {
    way: {
      initial: 'empty',
      states: {
        empty: { on: { Pack: PACK } },
        packed: { on: { Send: SEND } },
        sent: { on: { Deliver: { actions: 'delivered' } } },
      },
    },
    cover: { initial: 'none', states: { none: {}, full: {} } },
  },
});

const ended = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  initial: 'empty',
  states: {
    empty: { on: { Pack: PACK } },
    packed: { on: { Pack: PACK, Send: SEND, Deliver: { actions: 'delivered' } } },
    sent: { type: 'final' },
  },
});

describe('a state that the machine does not have any more', () => {
  test.each([
    ['removed', removed, 'packed', `parcel:packed: the machine does not have the state "packed"`],
    ['renamed', renamed, 'packed', `parcel:packed: the machine does not have the state "packed"`],
    [
      'split',
      split,
      'packed',
      'parcel:packed: the machine has no state that is "packed" and nothing else; the nearest is {"packed":"unlabelled"}',
    ],
    [
      'given a second region',
      insured,
      'packed',
      'parcel:packed: the machine does not have the state "packed"',
    ],
    [
      'made the end',
      ended,
      'sent',
      'parcel:sent: it was stored as active, and in "sent" the machine is done',
    ],
  ])('%s: says so, and changes nothing', async (_, machine, parcel, expected) => {
    expect(await faultOf({ machine }, parcel)).toContain(expected);
    const { store } = await meets({ machine }, 'Send', parcel);
    expect(await stateOf(store, parcel, parcelApp(), 'parcel')).toMatchObject({
      machine: { value: parcel },
    });
  });

  test('a machine without states that gets some is not taken to be in the first of them', async () => {
    const store = createMemoryStore();
    const bare = parcels.createMachine({
      id: 'parcel',
      context: { grams: 0 },
      on: {
        Pack: { actions: ['weigh', 'packed'] },
        Send: { actions: 'sent' },
        Deliver: { actions: 'delivered' },
      },
    });
    const before = startNode(store, { app: parcelApp({ machine: bare }) });
    await mustAccept(before.engine, 'Pack', { parcel: 'a', grams: 500 });
    const after = startNode(store, { app: parcelApp(), seed: 2 });
    expect(word(await send(after.engine, 'Send', { parcel: 'a' }))).toBe('system_error');
  });

  test('what history remembers is not forgotten', async () => {
    const remembering = (first: 'open' | 'ajar') =>
      parcels.createMachine({
        id: 'parcel',
        context: { grams: 0 },
        initial: 'shelf',
        states: {
          shelf: {
            initial: first,
            states: {
              [first]: {},
              back: { type: 'history' },
            },
            on: { Pack: { target: 'away', actions: ['weigh', 'packed'] } },
          },
          away: {
            on: {
              Send: { target: 'shelf.back', actions: 'sent' },
              Deliver: { actions: 'delivered' },
            },
          },
        },
      });
    const store = createMemoryStore();
    const before = startNode(store, { app: parcelApp({ machine: remembering('open') }) });
    await mustAccept(before.engine, 'Pack', { parcel: 'a', grams: 1 });
    const after = startNode(store, { app: parcelApp({ machine: remembering('ajar') }), seed: 2 });
    expect(word(await send(after.engine, 'Send', { parcel: 'a' }))).toBe('system_error');
    const mended = startNode(store, {
      seed: 3,
      app: parcelApp({
        machine: remembering('ajar'),
        version: 2,
        migrations: {
          1: ({ history }) => ({
            history: Object.fromEntries(
              Object.entries(history).map(([id, states]) => [
                id,
                states.map((state) => state.replace('.open', '.ajar')),
              ]),
            ),
          }),
        },
      }),
    });
    expect(word(await send(mended.engine, 'Send', { parcel: 'a' }))).toBe('accepted');
    const app = parcelApp({ machine: remembering('ajar'), version: 2 });
    expect((await stateOf(store, 'a', app, 'parcel')).machine.value).toEqual({ shelf: 'ajar' });
  });
});

describe('a migration mends it', () => {
  const to = (value: object | string): Migrations => ({ 1: () => ({ value: value as string }) });
  test.each([
    ['removed', removed, to('empty'), 'sent'],
    ['renamed', renamed, to('ready'), 'sent'],
    ['split', split, to({ packed: 'labelled' }), 'sent'],
    [
      'given a second region',
      insured,
      to({ way: 'packed', cover: 'none' }),
      { way: 'sent', cover: 'none' },
    ],
    ['made the end', ended, { 1: () => ({}) }, 'sent'],
  ])('%s: the parcel goes on', async (_, machine, migrations, value) => {
    const { store, outcome, node } = await meets({ machine, version: 2, migrations });
    expect(outcome).toBe('accepted');
    const app = parcelApp({ machine, version: 2, migrations });
    expect((await stateOf(store, 'packed', app, 'parcel')).machine.value).toEqual(value);
    // It is written as the new version writes, and runs without its migration.
    const bare = parcelApp({ machine, version: 2 });
    expect((await stateOf(store, 'packed', bare, 'parcel')).version).toBe(2);
    expect((await rowOf(store, 'packed', 'parcel')).state).toContain('"aggregate":2');
    const trail = await eventsOf(node.engine, 'packed', 'parcel');
    expect(trail.map(({ type }) => type)).toEqual(['Packed', 'Sent']);
  });

  test('into an end: nothing more is possible', async () => {
    const parts = { machine: ended, version: 2, migrations: { 1: () => ({}) } };
    expect((await meets(parts, 'Send', 'sent')).outcome).toBe('Not possible in this state');
  });

  test('step by step over several versions', async () => {
    const steps: string[] = [];
    const migrations: Migrations = {
      1: ({ value, context }) => {
        steps.push(`1: ${JSON.stringify(value)}`);
        return { context: { kilos: Number(context.grams) / 1_000 } };
      },
      2: ({ value, context }) => {
        steps.push(`2: ${JSON.stringify(value)} ${JSON.stringify(context)}`);
        return { value: 'ready', context: { grams: Number(context.kilos) * 1_000 + 1 } };
      },
    };
    const { store, outcome } = await meets({ machine: renamed, version: 3, migrations });
    expect(outcome).toBe('accepted');
    expect(steps).toEqual(['1: "packed"', '2: "packed" {"kilos":0.5}']);
    const app = parcelApp({ machine: renamed, version: 3, migrations });
    expect((await stateOf(store, 'packed', app, 'parcel')).machine.context).toEqual({ grams: 501 });
  });

  test('until it is written it is made anew, and a refusal writes none', async () => {
    const parts = { machine: renamed, version: 2, migrations: to('ready') };
    const { store, outcome } = await meets(parts, 'Deliver');
    expect(outcome).toBe('Not possible in this state');
    expect((await rowOf(store, 'packed', 'parcel')).state).toContain('"aggregate":1');
    expect((await rowOf(store, 'packed', 'parcel')).state).toContain('"value":"packed"');
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
      'the migration from version 1 failed: no idea',
    ],
    ['names no state', () => ({ value: 7 as never }), 'gives no state: value: it names no states'],
    [
      'gives what is not JSON',
      () => ({ context: { at: new Date(0) as never } }),
      'gives no state: context.at: a Date is not JSON',
    ],
    [
      'gives no context',
      () => ({ context: [] as never }),
      'gives no state: context: it is no object',
    ],
    [
      'gives no history',
      () => ({ history: { a: 'b' as never } }),
      'gives no state: history: it has no lists of ids',
    ],
    [
      'gives a state that is not there',
      () => ({ value: 'nowhere' }),
      'the machine does not have the state "nowhere"',
    ],
  ])('unless it %s', async (_, migration, expected) => {
    const parts = { machine: renamed, version: 2, migrations: { 1: migration } };
    expect(await faultOf(parts)).toContain(expected);
  });

  test('and must be there', async () => {
    expect(await faultOf({ version: 3 })).toContain(
      'parcel:packed: it was written by version 1, and there is no migration from 1 to 2',
    );
  });
});

describe('a context', () => {
  const context = z.object({ grams: z.number(), sender: z.string() }) as never;

  test('that breaks its schema is not run', async () => {
    expect(await faultOf({ context })).toContain(
      'parcel:packed: its context breaks its schema: context.sender: ',
    );
  });

  test('is mended by a migration', async () => {
    const migrations: Migrations = {
      1: ({ context: before }) => ({ context: { ...before, sender: 'unknown' } }),
    };
    const parts = { context, version: 2, migrations };
    expect((await meets(parts)).outcome).toBe('accepted');
  });
});

test('what others see of an actor is written anew with its next change', async () => {
  const view = (of: (state: { value: unknown }) => { is: string }) => ({
    view: {
      definition: defineView({ aggregate: 'parcel', schema: z.object({ is: z.string() }) }),
      of,
    } as never,
  });
  const store = createMemoryStore();
  const before = view(() => ({ is: 'old' }));
  await mustAccept(startNode(store, { app: parcelApp(before) }).engine, 'Pack', {
    parcel: 'a',
    grams: 1,
  });
  const after = { ...view(() => ({ is: 'new' })), version: 2, migrations: { 1: () => ({}) } };
  const { engine } = startNode(store, { app: parcelApp(after), seed: 2 });
  const seen = async () => {
    const request = { pointers: [], actor: null, entries: [], sizes: [] };
    return (await store.fetch({ ...request, views: [{ type: 'parcel', id: 'a' }] })).views[0];
  };
  expect(await seen()).toBe('{"is":"old"}');
  await mustAccept(engine, 'Pack', { parcel: 'a', grams: 1 });
  expect(await seen()).toBe('{"is":"new"}');
});

test('a refusal carries a whole snapshot also where what was stored was migrated', async () => {
  const store = createMemoryStore();
  const limits = { recordsPerSnapshot: 2 };
  const before = startNode(store, { app: parcelApp(), limits });
  await mustAccept(before.engine, 'Pack', { parcel: 'a', grams: 1 });
  const Refused = defineRejection({ schema: z.object({ reason: z.string() }) });
  const machine = parcels.createMachine({
    id: 'parcel',
    context: { grams: 0 },
    initial: 'ready',
    states: {
      ready: {
        on: {
          Pack: { actions: 'packed' },
          Send: { actions: emit({ type: 'Refused', data: { reason: 'Not today' } } as never) },
          Deliver: { actions: 'delivered' },
        },
      },
    },
  });
  const migrations = { 1: () => ({ value: 'ready' }) };
  const parts = { machine, version: 2, migrations, events: { ...events, Refused } };
  const node = startNode(store, { app: parcelApp(parts), limits, seed: 2 });
  expect(word(await send(node.engine, 'Send', { parcel: 'a' }))).toBe('Not today');
  const [refusal] = (await store.trail({ type: 'parcel', id: 'a' }, null, 1)).records;
  expect(refusal?.snapshot).toMatch(/"aggregate":2.*\n.*"value":"ready"/);
});

describe('old nodes beside new ones', () => {
  const newer = () => parcelApp({ version: 2, migrations: { 1: () => ({}) } });

  test('an actor that a new node wrote is refused by an old one, which a retry mends elsewhere', async () => {
    const store = await stored();
    const [old, fresh] = [
      startNode(store, { app: parcelApp(), seed: 4 }),
      startNode(store, { app: newer(), seed: 2 }),
    ];
    await mustAccept(fresh.engine, 'Send', { parcel: 'packed' });
    const refused = await send(old.engine, 'Deliver', { parcel: 'packed' });
    expect(refused).toMatchObject({ failure: { code: 'unavailable', byNewer: true } });
    expect(old.log.errors).toEqual([]);
    await mustAccept(fresh.engine, 'Deliver', { parcel: 'packed' });
  });

  test('also an old node that has the actor in memory', async () => {
    const store = await stored();
    const [old, fresh] = [
      startNode(store, { app: parcelApp(), seed: 4 }),
      startNode(store, { app: newer(), seed: 2 }),
    ];
    await mustAccept(old.engine, 'Pack', { parcel: 'packed', grams: 600 });
    await mustAccept(fresh.engine, 'Send', { parcel: 'packed' });
    expect(word(await send(old.engine, 'Deliver', { parcel: 'packed' }))).toBe('unavailable');
  });

  test('what a new node has not touched, both run', async () => {
    const store = await stored();
    const [old, fresh] = [
      startNode(store, { app: parcelApp(), seed: 4 }),
      startNode(store, { app: newer(), seed: 2 }),
    ];
    await mustAccept(fresh.engine, 'Pack', { parcel: 'other', grams: 1 });
    await mustAccept(old.engine, 'Send', { parcel: 'packed' });
    await mustAccept(fresh.engine, 'Deliver', { parcel: 'packed' });
  });

  test('a command that is answered later waits for a new node', async () => {
    const limits = { mailboxCommandsMax: 1_000, nodeCommandsMax: 1_000 };
    const store = await stored();
    const fresh = startNode(store, { app: newer(), seed: 2 });
    await mustAccept(fresh.engine, 'Send', { parcel: 'packed' });
    await fresh.engine.drain();
    const old = startNode(store, { app: parcelApp(), seed: 4, limits });
    const validation = old.engine.validate('Deliver', { parcel: 'packed' });
    if (!validation.ok) throw new Error('it breaks its schema');
    const answer = await old.engine.submitAsync(validation.command, { principal: 'test' });
    const other = command(old.engine, 'Pack', { parcel: 'packed', grams: 1 });
    // None of them stays in the node's memory: it takes more than it has room for.
    for (let more = 0; more < limits.nodeCommandsMax; more++) {
      await nextTurn();
      const next = await old.engine.submitAsync(other, { principal: 'test' });
      expect(next.status).toBe('pending');
    }
    await old.engine.drain();
    expect(await old.engine.asyncOutcome(answer.commandId)).toBe('pending');
    const later = startNode(store, { app: newer(), seed: 3 });
    await expect
      .poll(() => later.engine.asyncOutcome(answer.commandId))
      .toMatchObject({ status: 'accepted' });
  });
});
