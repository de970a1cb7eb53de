import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { definePolicy, type PolicyMessages, sends } from '../../../src/define/index.ts';
import { type commands, deskApp, onWritten, stamp, stampOnce } from '../../support/desk/index.ts';
import { holdCommits, Office } from './office.ts';

/** Longer than a node goes by what it knows of paused policies. */
const HEEDED_MS = 1_000;

const once = definePolicy({ name: 'once', machine: stampOnce, on: onWritten });
const other = definePolicy({ name: 'other', machine: stampOnce, on: onWritten });

/** Stamps, waits for the outcome, then for a minute, and stamps once more. */
const waits = definePolicy({
  name: 'waits',
  machine: setup({
    types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
    actions: { send: sends<typeof commands>() },
  }).createMachine({
    id: 'waits',
    context: {},
    initial: 'idle',
    states: {
      idle: {
        on: {
          Written: {
            target: 'sending',
            actions: { type: 'send', params: ({ event }) => stamp('stamps', event.data.text) },
          },
        },
      },
      sending: { on: { 'command.accepted': 'counting' } },
      counting: { after: { 60000: 'late' } },
      late: {
        entry: { type: 'send', params: stamp('stamps', 'late') },
        on: { 'command.accepted': 'ended' },
      },
      ended: { type: 'final' },
    },
  }),
  on: onWritten,
  correlate: 'actor',
});

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

async function pause(office: Office, name = 'once'): Promise<void> {
  expect(await office.nodes.run(office.counter.engine.pausePolicy(name))).toBe('done');
  await office.time.advance(HEEDED_MS);
}

async function resume(office: Office, name = 'once'): Promise<void> {
  expect(await office.nodes.run(office.counter.engine.resumePolicy(name))).toBe('done');
}

describe('a paused policy', () => {
  test('takes nothing on any node until it is resumed: then everything, once', async () => {
    const office = await Office.open(deskApp([once]));
    await office.join();
    await office.join();
    await pause(office);
    const written = texts(30);
    for (const [index, text] of written.entries()) await office.write(`desk ${index % 7}`, text);
    await office.time.advance(20_000);
    expect(await office.stamps()).toEqual([]);
    expect(await office.figures('once')).toMatchObject({ paused: true, lag: 30, inFlight: 0 });
    await resume(office);
    await office.time.advance(HEEDED_MS);
    await office.idle();
    expect((await office.stamps()).toSorted()).toEqual(written.toSorted());
    expect((await office.figures('once')).paused).toBe(false);
  });

  test('stays paused on nodes that start after', async () => {
    const office = await Office.open(deskApp([once]));
    await pause(office);
    await office.node.stop();
    const later = await office.join();
    await office.write('a', 'text');
    await office.time.advance(20_000);
    expect(await office.stamps()).toEqual([]);
    await resume(office);
    await office.idle();
    expect(await office.stamps()).toEqual(['text']);
    expect(later.log.errors).toEqual([]);
  });

  test('holds no other policy back', async () => {
    const office = await Office.open(deskApp([once, other]));
    await pause(office);
    // More than a node keeps in memory of a feed.
    await office.write('a', ...texts(600));
    await office.until(async () => (await office.figures('other')).lag === 0);
    expect((await office.figures('once')).lag).toBeGreaterThanOrEqual(600);
    await resume(office);
    await office.idle();
    expect(await office.stamps()).toHaveLength(1_200);
  });

  test('takes the outcome of what it had begun', async () => {
    const office = await Office.open(deskApp([waits]));
    const letGo = holdCommits(office.node, 'Stamped');
    await office.write('a', 'text');
    await office.until(async () => (await office.figures('waits')).inFlight === 1);
    await pause(office, 'waits');
    expect(await office.instances('waits')).toMatchObject({ 'desk:a': 'sending' });
    letGo();
    await office.until(async () => (await office.figures('waits')).inFlight === 0);
    expect(await office.stamps()).toEqual(['text']);
    expect(await office.instances('waits')).toMatchObject({ 'desk:a': 'counting' });
  });

  test('fires no timer, and fires it once when it is resumed', async () => {
    const office = await Office.open(deskApp([waits]));
    await office.write('a', 'text');
    await office.until(async () => (await office.instances('waits'))['desk:a'] === 'counting');
    await pause(office, 'waits');
    await office.time.advance(120_000);
    expect(await office.instances('waits')).toMatchObject({ 'desk:a': 'counting' });
    await resume(office, 'waits');
    await office.idle();
    expect(await office.instances('waits')).toEqual({});
    expect(await office.stamps()).toEqual(['text', 'late']);
  });

  test('loses nothing where its node dies while it is paused or resumed', async () => {
    const office = await Office.open(deskApp([once]));
    const written = texts(20);
    await office.write('a', ...written.slice(0, 10));
    await pause(office);
    await office.write('b', ...written.slice(10));
    const next = await office.join();
    office.node.crash();
    await resume(office);
    await office.time.advance(HEEDED_MS / 2);
    await office.join();
    next.crash();
    await office.idle();
    expect((await office.stamps()).toSorted()).toEqual(written.toSorted());
  });

  test('may be paused and resumed twice; one that is not there is unknown', async () => {
    const office = await Office.open(deskApp([once]));
    await pause(office);
    await pause(office);
    await resume(office);
    await resume(office);
    expect((await office.figures('once')).paused).toBe(false);
    const { engine } = office.counter;
    expect(await office.nodes.run(engine.pausePolicy('nothing'))).toBe('unknown');
    expect(await office.nodes.run(engine.resumePolicy('nothing'))).toBe('unknown');
  });
});
