import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { definePolicy, type PolicyMessages, send } from '../../../src/define/index.ts';
import { deskApp, events, type Faults, stamp } from '../../support/desk/index.ts';
import { eventsOf } from '../../support/node.ts';
import { holdCommits, Office } from './office.ts';

const on = { Written: events.Written, Sealed: events.Sealed };
type Heard = PolicyMessages<typeof on>;

/** What it sends for a text: the first word says what, the whole comes back as its `ref`. */
function sendingFor(text: string) {
  const [word = '', desk = 'stamps'] = text.split(' ');
  if (word === 'unknown') return { command: 'Nonsense', data: {}, ref: text };
  if (word === 'malformed') return { command: 'Stamp', data: { desks: 7 }, ref: text };
  if (word === 'jam') return { command: 'Jam', data: { desk, stamp: text }, ref: text };
  return stamp(desk, text);
}

/** Puts down every outcome that it gets, on a desk of its own. */
function told({ event }: { event: Heard }) {
  const { ref, reason } = 'commandId' in event.data ? event.data : { ref: null, reason: null };
  return stamp(
    'outcomes',
    [event.type, ref, reason].filter((part) => part !== null).join(': '),
    '',
  );
}

const isTold = ({ event }: { event: Heard }) => 'commandId' in event.data && event.data.ref !== '';

const builder = setup({
  types: { context: {} as { heard: number }, events: {} as Heard },
  actions: { send },
  guards: { isTold },
});
// What it puts down twice has one effect, so that it counts besides.
const count = builder.assign({ heard: ({ context }) => context.heard + 1 });
const tell = { guard: 'isTold', actions: [count, { type: 'send', params: told }] } as const;

/** Sends a command for every text, and ends when the desk is sealed. */
const clerk = builder.createMachine({
  id: 'clerk',
  context: { heard: 0 },
  initial: 'open',
  states: {
    open: {
      on: {
        Written: {
          actions: { type: 'send', params: ({ event }) => sendingFor(event.data.text) },
        },
        Sealed: 'ended',
        'command.accepted': tell,
        'command.rejected': tell,
        'command.failed': tell,
      },
    },
    ended: { type: 'final' },
  },
});

function clerks(faults: Faults = { isJammed: false }, attempts = 3) {
  const policy = definePolicy({ name: 'clerk', machine: clerk, on, correlate: 'actor', attempts });
  return deskApp([policy], { faults });
}

describe('a command of a policy', () => {
  test('has its outcome come back with its ref, and the reason of a refusal', async () => {
    const office = await Office.open(clerks());
    await office.seal('sealed');
    await office.write('a', 'stamp', 'stamp sealed');
    await office.idle();
    expect(await office.stamps()).toEqual(['stamp']);
    expect(await office.stamps('outcomes')).toEqual([
      'command.accepted: stamp',
      'command.rejected: stamp sealed: The desk is sealed',
    ]);
    expect(await office.letters()).toEqual([]);
  });

  test('waits for those of earlier messages, each message for its instance alone', async () => {
    const office = await Office.open(clerks());
    const release = holdCommits(office.node, 'slow');
    await office.write('a', 'stamp slow', 'stamp');
    await office.write('b', 'stamp other');
    await office.time.advance(1_000);
    expect(await office.stamps()).toEqual([]);
    expect(await office.stamps('other')).toEqual(['stamp other']);
    release();
    await office.idle();
    expect(await office.stamps('slow')).toEqual(['stamp slow']);
    expect(await office.stamps()).toEqual(['stamp']);
  });

  test.each([
    ['was carried out', 'stamp desk', ['Stamped'], 'command.accepted: stamp desk'],
    [
      'was refused',
      'stamp sealed',
      ['Sealed', 'StampRefused'],
      'command.rejected: stamp sealed: The desk is sealed',
    ],
  ])('that %s is recalled, however long nobody learnt of it', async (_, text, types, outcome) => {
    const office = await Office.open(clerks());
    const [, desk = ''] = text.split(' ');
    await office.seal('sealed');
    const recorded = async () =>
      (await office.nodes.run(eventsOf(office.counter.engine, desk, 'desk'))).map(
        ({ type }) => type,
      );
    office.node.fate = (method) => (method === 'commit' ? 'dies after' : 'answered');
    await office.write('a', text);
    await office.until(async () => (await recorded()).length === types.length);
    await office.time.jump(30 * 24 * 60 * 60 * 1_000);
    await office.join();
    await office.idle();
    expect(await recorded()).toEqual(types);
    expect(await office.stamps('outcomes')).toEqual([outcome]);
  });

  test('is given up by no fault that passes, and sent for as long as it takes', async () => {
    const office = await Office.open(clerks());
    office.node.fate = (method) => (method === 'commit' ? 'request lost' : 'answered');
    await office.write('a', 'stamp');
    await office.time.advance(600_000);
    expect(await office.letters()).toEqual([]);
    expect(await office.figures('clerk')).toMatchObject({ inFlight: 1 });
    office.node.fate = () => 'answered';
    await office.idle();
    expect(await office.stamps('outcomes')).toEqual(['command.accepted: stamp']);
  });

  test('tells its outcome to the incarnation that sent it, and to no later one', async () => {
    const office = await Office.open(clerks());
    const release = holdCommits(office.node, 'slow');
    await office.write('a', 'stamp slow');
    await office.seal('a');
    await office.until(async () => (await office.instances('clerk'))['desk:a'] === undefined);
    await office.write('a', 'stamp');
    await office.until(async () => (await office.instances('clerk'))['desk:a'] === 'open');
    release();
    await office.idle();
    expect(await office.stamps('slow')).toEqual(['stamp slow']);
    expect(await office.stamps('outcomes')).toEqual(['command.accepted: stamp']);
  });
});

describe('a command that cannot be carried out', () => {
  test('is tried as often as the policy says, parked, and its instance told once', async () => {
    const faults = { isJammed: true };
    const office = await Office.open(clerks(faults));
    await office.write('a', 'jam', 'stamp');
    await office.idle();
    const letter = await office.letter();
    expect(letter).toMatchObject({
      policy: 'clerk',
      instance: 'desk:a',
      kind: 'command',
      type: 'Jam',
      error: 'system_error',
      attempts: 3,
      waiting: 0,
    });
    expect(letter.message).toMatchObject({ command: 'Jam', data: { stamp: 'jam' }, ref: 'jam' });
    expect(letter.history).toHaveLength(3);
    expect(await office.stamps('outcomes')).toEqual([
      'command.failed: jam: system_error',
      'command.accepted: stamp',
    ]);
  });

  test('is carried out when it is retried after its target was mended, and tells no second outcome', async () => {
    const faults = { isJammed: true };
    const office = await Office.open(clerks(faults));
    await office.write('a', 'jam');
    await office.idle();
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letter()).toMatchObject({ attempts: 3 });
    expect((await office.letter()).history).toHaveLength(6);
    faults.isJammed = false;
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual(['jam']);
    expect(await office.stamps('outcomes')).toEqual(['command.failed: jam: system_error']);
    expect(await office.contexts('clerk')).toEqual({ 'desk:a': { heard: 1 } });
  });

  test('is gone when it is discarded', async () => {
    const office = await Office.open(clerks({ isJammed: true }));
    await office.write('a', 'jam');
    await office.idle();
    await office.settle('discard', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps('outcomes')).toEqual(['command.failed: jam: system_error']);
  });

  test('has its attempts counted over nodes', async () => {
    const office = await Office.open(clerks({ isJammed: true }, 6));
    await office.write('a', 'jam');
    await office.until(async () => (await office.rows('again/clerk')) > 0);
    await office.node.stop();
    await office.time.jump(1_000);
    const movedAt = office.time.now();
    await office.join();
    await office.idle();
    const { attempts, history } = await office.letter();
    expect(attempts).toBe(6);
    expect(history).toHaveLength(6);
    expect(Date.parse(history[0]?.at ?? '')).toBeLessThan(movedAt);
    expect(await office.stamps('outcomes')).toEqual(['command.failed: jam: system_error']);
  });

  test.each([
    ['of a type that the app does not have', 'unknown', 'the app has no command Nonsense'],
    ['whose body breaks its schema', 'malformed', 'Stamp breaks its schema'],
  ])('%s is parked, and delays nobody else', async (_, text, error) => {
    const office = await Office.open(clerks(), { partitions: 1 });
    await office.write('a', text);
    await office.write('b', 'stamp');
    await office.idle();
    expect(await office.letter()).toMatchObject({ kind: 'command', attempts: 3 });
    expect((await office.letter()).error).toContain(error);
    const outcomes = await office.stamps('outcomes');
    expect(outcomes.map((line) => line.split(': ')[0])).toEqual([
      'command.accepted',
      'command.failed',
    ]);
  });
});

test('a policy whose commands do not get through takes no more than its limit', async () => {
  const office = await Office.open(clerks(), {
    partitions: 1,
    node: { backgroundLimits: { outboxCommandsMax: 5, batchMessagesMax: 10 } },
  });
  office.node.fate = (method) => (method === 'commit' ? 'request lost' : 'answered');
  const desks = Array.from({ length: 100 }, (_, number) => `desk${number}`);
  for (const desk of desks) await office.write(desk, `stamp ${desk}`);
  await office.time.advance(60_000);
  const waiting = await office.rows('outbox/clerk');
  expect(waiting).toBeGreaterThanOrEqual(5);
  expect(waiting).toBeLessThan(5 + 10);
  expect((await office.figures('clerk')).lag).toBe(100 - waiting);
  office.node.fate = () => 'answered';
  await office.idle();
  expect(await office.stamps('outcomes')).toHaveLength(100);
  for (const desk of desks) expect(await office.stamps(desk)).toEqual([`stamp ${desk}`]);
});

describe('commands that one message sends', () => {
  /** Sends three to the text's desk. */
  const machine = setup({
    types: { context: {} as object, events: {} as Heard },
    actions: { send },
  }).createMachine({
    id: 'burst',
    context: {},
    on: {
      Written: {
        actions: ['one', 'two', 'three'].map((word) => ({
          type: 'send' as const,
          params: ({ event }: { event: Heard }) =>
            stamp('text' in event.data ? event.data.text : '', word),
        })),
      },
    },
  });
  const { Written } = events;
  const burst = definePolicy({ name: 'burst', machine, on: { Written }, correlate: 'actor' });

  test('reach their actor in their order, also where they did not get through at once', async () => {
    const office = await Office.open(deskApp([burst]));
    office.node.fate = (method) => (method === 'commit' ? 'refused' : 'answered');
    const desks = Array.from({ length: 10 }, (_, number) => `desk${number}`);
    for (const desk of desks) await office.write(desk, desk);
    await office.time.advance(20_000);
    office.node.fate = () => 'answered';
    await office.idle();
    for (const desk of desks) expect(await office.stamps(desk)).toEqual(['one', 'two', 'three']);
  });
});

test('a retried dead letter makes room for what waited behind it', async () => {
  const faults = { isJammed: true };
  const office = await Office.open(clerks(faults, 1), {
    partitions: 8,
    node: { backgroundLimits: { outboxCommandsMax: 1 } },
  });
  await office.write('a', 'jam far');
  await office.until(async () => (await office.letters()).length > 0);
  await office.idle();
  faults.isJammed = false;
  const release = holdCommits(office.node, 'jam far');
  await office.settle('retry', await office.letter());
  await office.write('a', 'stamp far');
  await office.time.advance(1_000);
  expect(await office.rows('outbox/clerk')).toBe(1);
  release();
  await office.until(async () => (await office.stamps('far')).includes('stamp far'));
});
