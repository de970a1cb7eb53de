/** A machine of all that a chart can be asked to draw, as awkward as machines get. */
import { type AnyStateMachine, fromPromise, setup } from 'xstate';
import { z } from 'zod';
import { defineRejection, type Emitted, refuse } from '../../src/define/index.ts';

const nested = (depth: number, width: number): Record<string, object> =>
  Object.fromEntries(
    Array.from({ length: width }, (_, at) => [
      `level${depth}step${at}`,
      {
        on: { FORWARD: `level${depth}step${(at + 1) % width}` },
        ...(depth > 0 && { initial: `level${depth - 1}step0`, states: nested(depth - 1, 2) }),
      },
    ]),
  );

export const galleryEvents = {
  Refused: defineRejection({ schema: z.object({ reason: z.string() }) }),
};

/** Regions, history, substates of substates, waits, work, loops, long texts, many rules. */
export const gallery: AnyStateMachine = setup({
  types: { emitted: {} as Emitted<typeof galleryEvents> },
  actors: { charge: fromPromise(async () => 1), ship: fromPromise(async () => 2) },
  guards: {
    isPaid: () => true,
    customerHasConfirmedTheirAddressAndPaymentWithinTheLastSevenDays: () => true,
  },
  delays: { patience: 60_000 },
  actions: {
    note: () => {},
    reject: refuse('Refused', () => ({})),
    remindTheCustomerThatSomethingIsMissing: () => {},
  },
}).createMachine({
  id: 'gallery',
  initial: 'idle',
  on: { RESET: '.idle', PING: { actions: 'note' } },
  states: {
    idle: {
      entry: ['note'],
      exit: ['note'],
      after: { 100: 'idle', patience: { target: 'checking', guard: 'isPaid' } },
      on: {
        GO: [{ guard: 'isPaid', target: 'checking', actions: 'note' }, { target: 'over' }],
        AGAIN: { target: 'idle', reenter: true },
        AND_AGAIN: { target: 'idle', reenter: true, actions: 'note' },
        NO: {},
      },
    },
    checking: {
      invoke: [
        { src: 'charge', onDone: 'both', onError: { target: 'idle', actions: 'note' } },
        { id: 'shipping', src: 'ship', onDone: { actions: 'note' } },
      ],
      on: {
        CONFIRM: {
          guard: 'customerHasConfirmedTheirAddressAndPaymentWithinTheLastSevenDays',
          target: 'aStateWhoseNameIsSoLongThatNobodyWouldEverWriteItOut',
          actions: ['remindTheCustomerThatSomethingIsMissing', 'note'],
        },
        EVENT_WITH_A_NAME_THAT_IS_FAR_TOO_LONG_TO_BE_DRAWN_IN_FULL: 'over',
      },
    },
    aStateWhoseNameIsSoLongThatNobodyWouldEverWriteItOut: {
      always: { guard: 'isPaid', target: 'both' },
      on: Object.fromEntries(
        Array.from({ length: 9 }, (_, at) => [
          `ASK_${at}`,
          { actions: { type: 'reject' as const, params: { reason: `Not the ${at}th time` } } },
        ]),
      ),
    },
    both: {
      type: 'parallel',
      on: { STOP: 'idle' },
      onDone: 'over',
      states: {
        left: {
          initial: 'one',
          states: {
            one: { on: { TURN: 'two', OUT: '#gallery.paused', ACROSS: '#gallery.both.right' } },
            two: { on: { TURN: 'one' }, always: { guard: 'isPaid', target: 'last' } },
            last: { type: 'final' },
            was: { type: 'history' },
          },
        },
        right: {
          initial: 'deeper',
          states: {
            deeper: { initial: 'level1step0', states: nested(1, 3), on: { DONE: 'last' } },
            was: { type: 'history', history: 'deep', target: 'deeper' },
            last: { type: 'final' },
          },
        },
      },
    },
    paused: {
      on: {
        RESUME: 'both.left.was',
        DEEPER: 'both.right.was',
        BOTH: { target: ['both.left.two', 'both.right.deeper'] },
        '*': { actions: 'note' },
      },
    },
    over: { type: 'final' },
  },
});
