/**
 * An event that has changed twice: what any version recorded reaches every reader as the newest code
 * knows it, one step a version, wherever it waited meanwhile.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineApp,
  defineEvent,
  definePolicy,
  defineProjection,
  defineReadModel,
  type Json,
  put,
  send as sendAction,
} from '../../src/define/index.ts';
import { checkStored } from '../../src/engine/check/check.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { Office } from '../engine/background/office.ts';
import { Listener } from '../engine/live-feed-world.ts';
import { deskOf, stamp } from '../support/desk/index.ts';
import { eventsOf } from '../support/node.ts';

const steps: string[] = [];

/** `Written` as each version has it: a text; with its tone; with the number of its words. */
const versions = [
  { schema: z.object({ desk: z.string(), text: z.string() }), version: 1 },
  {
    schema: z.object({ desk: z.string(), text: z.string(), tone: z.string() }),
    version: 2,
    upcast: { 1: (data: Json) => addTone(data) },
  },
  {
    schema: z.object({ desk: z.string(), text: z.string(), tone: z.string(), words: z.int() }),
    version: 3,
    upcast: { 1: (data: Json) => addTone(data), 2: (data: Json) => addWords(data) },
  },
] as const;

const one = z.looseObject({ desk: z.string(), text: z.string() });

function addTone(data: Json): Json {
  steps.push('1 to 2');
  return { ...one.parse(data), tone: 'plain' } as Json;
}

function addWords(data: Json): Json {
  steps.push('2 to 3');
  // It stands on what the step before it gave.
  const { tone, text, ...rest } = one.extend({ tone: z.string() }).parse(data);
  return { ...rest, text, tone, words: wordsOf(text) } as Json;
}

function wordsOf(text: string): number {
  return text.split(' ').length;
}

const model = defineReadModel('written', z.object({ tone: z.string(), words: z.int() }));

/** The code of a version. The third has readers of all kinds, new ones too. */
function appOf(version: 1 | 2 | 3, isRouted = version === 3): App {
  const Written = defineEvent(versions[version - 1] as (typeof versions)[2]);
  const made = (text: string) => ({
    ...(version > 1 && { tone: 'plain' }),
    ...(version > 2 && { words: wordsOf(text) }),
  });
  const desk = deskOf(Written, (said) => ({ ...said, ...made(said.text) }) as never);
  const on = { Written };
  const reacting = (word: string, isBroken = false) =>
    setup({ types: { events: {} as never }, actions: { send: sendAction as never } }).createMachine(
      {
        id: 'reacting',
        context: {},
        on: {
          Written: {
            actions: {
              type: 'send',
              params: ({
                event,
              }: {
                event: { data: { text: string; tone: string; words: number } };
              }) => {
                if (isBroken) throw new Error('not yet');
                const { text, tone, words } = event.data;
                return stamp('stamps', `${word}: ${text}, ${tone}, ${words}`);
              },
            },
          },
        },
      } as never,
    );
  const policy = (name: string, isBroken: boolean, correlate: 'event' | 'text') =>
    definePolicy({
      name,
      machine: reacting(name, isBroken) as never,
      on,
      attempts: 1,
      from: 'beginning',
      ...(correlate === 'text' && {
        correlate: ({ data }: { data: { text: string } }) => data.text,
      }),
    });
  const isOld = version < 3;
  const router = isRouted ? [policy('router', false, 'text')] : [];
  const readers = isOld ? router : [policy('reader', false, 'event'), ...router];
  const projection = defineProjection({
    name: 'written',
    model,
    on,
    folds: {
      Written: ({ desk: owner, text, tone, words }, { occurredAt }) => [
        { owner, change: put(text, occurredAt, { tone, words }) },
      ],
    },
  });
  return defineApp({
    aggregates: [desk],
    policies: [policy('parked', isOld, 'event'), ...readers],
    projections: isOld ? [] : [projection],
  });
}

const TEXTS = ['in version one', 'in two', 'three'] as const;
const READ = ['in version one, plain, 3', 'in two, plain, 2', 'three, plain, 1'];
const DATA = TEXTS.map((text) => ({ desk: 'a', text, tone: 'plain', words: wordsOf(text) }));

describe('events of three versions', () => {
  let office: Office;
  const newest = appOf(3);

  beforeAll(async () => {
    office = new Office(appOf(1));
    for (const version of [1, 2, 3] as const) {
      const app = appOf(version);
      const node = await office.join(app);
      const writer = office.nodes.make(app);
      const said = { desk: 'a', text: TEXTS[version - 1] };
      await office.nodes.send(writer, 'Write', said);
      await office.idle();
      if (version === 3) break;
      await node.stop();
    }
  });

  test('were recorded as their versions had them', async () => {
    const { items } = (await office.nodes
      .make(appOf(3))
      .engine.trail({ type: 'desk', id: 'a' }, { limit: 10, before: null })) ?? { items: [] };
    const { records } = await office.nodes.store.trail({ type: 'desk', id: 'a' }, null, 10);
    expect(items).toHaveLength(3);
    expect(records.map(({ body }) => JSON.parse(body).events[0].version)).toEqual([3, 2, 1]);
  });

  test('reach policies, also those that correlate by them, and retried dead letters', async () => {
    const letters = await office.letters();
    expect(letters.map(({ policy }) => policy)).toEqual(['parked', 'parked']);
    for (const letter of letters) await office.settle('retry', letter);
    await office.idle();
    const found = await office.stamps();
    for (const name of ['parked', 'reader', 'router']) {
      expect(found.filter((text) => text.startsWith(name))).toHaveLength(3);
      expect(found).toEqual(expect.arrayContaining(READ.map((text) => `${name}: ${text}`)));
    }
    expect(await office.letters()).toEqual([]);
  });

  test('reach projections', async () => {
    const page = { limit: 10, after: null };
    const owner = { actor: { type: '~written', id: 'a' }, collection: 'entries' };
    const rows = await office.nodes.store.page(owner, page);
    const read = Object.fromEntries(rows.map(({ key, value }) => [key, JSON.parse(value ?? '')]));
    expect(read).toEqual(
      Object.fromEntries(DATA.map(({ text, tone, words }) => [text, { tone, words }])),
    );
  });

  test('reach who reads a trail', async () => {
    const { engine } = office.nodes.make(newest);
    const trail = await eventsOf(engine, 'a', 'desk');
    expect(trail.map(({ data, version }) => ({ data, version }))).toEqual(
      DATA.map((data) => ({ data, version: 3 })),
    );
  });

  test('reach who listens, from where they left off', async () => {
    const { engine } = office.nodes.make(newest);
    const [first] = await eventsOf(engine, 'a', 'desk');
    const request = { types: new Set(['Written']), actor: null, beatMs: 60_000 };
    const stream = await office.nodes.run(
      engine.follow({ ...request, after: first?.position ?? null }),
    );
    const listener = new Listener(stream).listen();
    await office.until(() => listener.heard.length === 2);
    expect(listener.heard.map(({ event: { data, version } }) => ({ data, version }))).toEqual(
      DATA.slice(1).map((data) => ({ data, version: 3 })),
    );
    stream.close();
  });

  test('are replayed to what the code of today would record', async () => {
    const runtime = createSystemRuntime();
    const { store } = office.nodes;
    const options = { app: newest, store, runtime, actorsPerSecond: 1_000_000, withHistory: true };
    const report = await checkStored(options);
    expect(report.findings).toEqual([]);
    expect(report.histories).toBe(report.actors);
  });

  test('one step a version', () => {
    expect(new Set(steps)).toEqual(new Set(['1 to 2', '2 to 3']));
    // Each first step is followed by the second.
    for (const [at, step] of steps.entries()) {
      if (step === '1 to 2') expect(steps[at + 1]).toBe('2 to 3');
    }
  });
});

test('a newer event waits where only newer code can tell whose it is', async () => {
  const office = new Office(appOf(3));
  await (await office.join(appOf(3))).stop();
  await office.write('a', 'of tomorrow');
  const old = await office.join(appOf(2, true));
  const end = office.time.now() + 60_000;
  await office.until(() => office.time.now() > end, 1_000);
  expect(await office.letters()).toEqual([]);
  expect((await office.figures('router')).lag).toBe(1);
  await old.stop();
  await office.join(appOf(3));
  await office.idle();
  expect(await office.stamps()).toContain('router: of tomorrow, plain, 2');
});
