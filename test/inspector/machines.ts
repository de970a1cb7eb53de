/** Machines that charts are drawn of: of every kind of state and transition. */
import { type AnyStateMachine, assign, createMachine, fromPromise, raise, setup } from 'xstate';
import { app } from '../../machines/index.ts';
import { boxApp } from '../support/box/index.ts';
import { deskApp, stampOnce } from '../support/desk/index.ts';
import { orderApp } from '../support/order/index.ts';
import { tokenApp } from '../support/tokens/index.ts';

/** All that a chart can have: regions, history, substates of substates, waits, work, and loops. */
export const everything = setup({
  types: { context: {} as { count: number } },
  actors: { wash: fromPromise(async () => 'clean') },
  guards: { isWet: () => true, isCold: () => false },
  delays: { aWhile: 5_000 },
  actions: { note: () => {}, count: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'everything',
  context: { count: 0 },
  initial: 'idle',
  on: { RESET: '.idle', PING: { actions: 'note' } },
  states: {
    idle: {
      entry: ['note', raise({ type: 'SOON' }, { delay: 30 })],
      exit: 'note',
      after: { 100: 'running', aWhile: { target: 'ended', guard: 'isWet' } },
      on: {
        GO: [{ guard: 'isWet', target: 'running', actions: 'count' }, { target: 'ended' }],
        AGAIN: { target: 'idle', reenter: true },
        NO: {},
      },
    },
    running: {
      type: 'parallel',
      on: { STOP: 'idle', BACK: { target: 'idle' } },
      onDone: 'ended',
      states: {
        drum: {
          initial: 'turning',
          states: {
            turning: {
              initial: 'left',
              states: {
                left: { on: { TURN: 'right', OUT: '#everything.running.drum.still' } },
                right: { on: { TURN: 'left' }, always: { guard: 'isCold', target: 'left' } },
                past: { type: 'history' },
              },
            },
            still: { type: 'final' },
            deep: { type: 'history', history: 'deep', target: 'turning' },
          },
        },
        water: {
          initial: 'filling',
          states: {
            filling: {
              invoke: {
                src: 'wash',
                onDone: 'full',
                onError: { target: 'filling', reenter: true },
              },
            },
            full: { type: 'final' },
          },
        },
      },
    },
    paused: {
      on: {
        RESUME: 'running.drum.deep',
        BOTH: { target: ['running.drum.turning.right', 'running.water.full'] },
        '*': { actions: 'note' },
      },
    },
    ended: { type: 'final' },
  },
});

/** A state for each number, with two ways on from each. */
export function wide(states: number): AnyStateMachine {
  const groups = Math.ceil(states / 12);
  return createMachine({
    id: 'wide',
    initial: 'g0',
    states: Object.fromEntries(
      Array.from({ length: groups }, (_, group) => [
        `g${group}`,
        {
          initial: 's0',
          on: { NEXT: `g${(group + 1) % groups}` },
          states: Object.fromEntries(
            Array.from({ length: 11 }, (__, at) => [
              `s${at}`,
              { on: { ON: `s${(at + 1) % 11}`, SKIP: `s${(at * 7 + 3) % 11}` } },
            ]),
          ),
        },
      ]),
    ),
  });
}

const apps = [app, boxApp, orderApp(), tokenApp, deskApp([])];

/** Machines by name. */
export const machines: readonly (readonly [name: string, machine: AnyStateMachine])[] = [
  ...apps.flatMap(({ aggregates, policies }) => [
    ...Array.from(aggregates.values(), ({ type, machine }) => [type, machine] as const),
    ...Array.from(policies.values(), ({ name, machine }) => [name, machine] as const),
  ]),
  ['stampOnce', stampOnce],
  ['everything', everything],
  ['wide', wide(60)],
];
