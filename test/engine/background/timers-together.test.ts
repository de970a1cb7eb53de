import { expect, test } from 'vitest';
import { setup } from 'xstate';
import { definePolicy, type PolicyMessages, sends } from '../../../src/define/index.ts';
import { type commands, deskApp, onWritten, stamp } from '../../support/desk/index.ts';
import type { NodeFate } from '../../support/simulated-nodes.ts';
import { Office } from './office.ts';

const WAIT_MS = 10_000;

const builder = setup({
  types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
  actions: { send: sends<typeof commands>() },
});

/** Waits anew whenever a command of its has its outcome. */
const waiter = definePolicy({
  name: 'waiter',
  machine: builder.createMachine({
    id: 'waiter',
    context: {},
    initial: 'idle',
    states: {
      idle: {
        on: {
          Written: {
            target: 'waiting',
            actions: { type: 'send', params: stamp('stamps', 'begun') },
          },
        },
      },
      waiting: {
        after: {
          [WAIT_MS]: { target: 'over', actions: { type: 'send', params: stamp('stamps', 'over') } },
        },
        on: { 'command.*': { target: 'waiting', reenter: true } },
      },
      over: { on: { Written: {}, 'command.*': {} } },
    },
  }),
  on: onWritten,
  correlate: 'actor',
});

test('a timer that is set anew by what comes together with it fires when the new one is due', async () => {
  const office = await Office.open(deskApp([waiter]), { partitions: 1 });
  const { time, node } = office;
  // The command is held up, and later what the runner writes, until the timer is due as well.
  const held = { commit: null as Promise<void> | null, step: null as Promise<void> | null };
  let freeCommit = () => {};
  let freeStep = () => {};
  held.commit = new Promise((resolve) => (freeCommit = resolve));
  node.fate = async (method): Promise<NodeFate> => {
    if (method === 'commit') await held.commit;
    if (method === 'step') await held.step;
    return 'answered';
  };
  await office.write('a', 'start');
  await office.until(async () => (await office.rows('timer/waiter')) === 1);
  await time.advance(WAIT_MS - 200);
  held.step = new Promise((resolve) => (freeStep = resolve));
  await office.write('b', 'start');
  await time.advance(50);
  freeCommit();
  await time.advance(400);
  held.step = null;
  freeStep();
  await time.advance(1_000);
  expect(await office.rows('timer/waiter')).toBe(2);
  await time.advance(2 * WAIT_MS);
  await office.idle();
  expect((await office.stamps()).filter((text) => text === 'over')).toHaveLength(2);
});

/** Ends without a word, a while after it began. */
const fader = definePolicy({
  name: 'fader',
  machine: builder.createMachine({
    id: 'fader',
    context: {},
    initial: 'idle',
    states: {
      idle: { on: { Written: 'fading' } },
      fading: { after: { [WAIT_MS]: 'ended' } },
      ended: { type: 'final' },
    },
  }),
  on: onWritten,
});

test('a timer that is due soon after another is on time, though nothing comes of that one', async () => {
  const office = await Office.open(deskApp([fader]), { partitions: 1 });
  await office.write('a', 'first');
  await office.time.advance(300);
  await office.write('a', 'second');
  await office.time.advance(WAIT_MS - 250);
  expect(await office.rows('timer/fader')).toBe(1);
  await office.time.advance(300);
  expect(await office.rows('timer/fader')).toBe(0);
});

test('timers that are due at once are taken as fast as their commands get through', async () => {
  const caller = definePolicy({
    name: 'caller',
    machine: builder.createMachine({
      id: 'caller',
      context: {},
      initial: 'idle',
      states: {
        idle: { on: { Written: 'waiting' } },
        waiting: {
          after: {
            [WAIT_MS]: {
              target: 'ended',
              actions: { type: 'send', params: stamp('stamps', 'over') },
            },
          },
        },
        ended: { type: 'final' },
      },
    }),
    on: onWritten,
  });
  const office = await Office.open(deskApp([caller]), {
    partitions: 1,
    node: { backgroundLimits: { outboxCommandsMax: 5, batchMessagesMax: 10 } },
  });
  await office.write('a', ...Array.from({ length: 100 }, (_, number) => `${number}`));
  await office.idle();
  office.node.fate = (method) => (method === 'commit' ? 'refused' : 'answered');
  await office.time.advance(WAIT_MS + 10_000);
  expect(await office.rows('outbox/caller')).toBe(10);
  expect(await office.rows('timer/caller')).toBe(90);
  office.node.fate = () => 'answered';
  await office.idle();
  expect(await office.stamps()).toHaveLength(100);
});
