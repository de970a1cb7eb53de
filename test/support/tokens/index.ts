/**
 * Tokens that are passed between boxes: every box that takes one has exactly one command caused by
 * each policy, under a number of its own, so that what was caused can be counted.
 */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEffect,
  defineEvent,
  definePolicy,
  type Emitted,
  type Messages,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';

const BOXES = 7;

const Token = z.strictObject({
  box: z.string().min(1),
  /** Who began it. */
  origin: z.int(),
  /** How often it is passed on. */
  left: z.int().min(0),
});
const Mark = z.strictObject({ box: z.string().min(1), mark: z.string() });
const target = ({ box }: { box: string }) => box;

const commands = {
  Take: defineCommand({ summary: 'Takes a token.', schema: Token, target }),
  Mark: defineCommand({ summary: 'Puts a mark down.', schema: Mark, target }),
};
const events = {
  Taken: defineEvent({ schema: Token }),
  Marked: defineEvent({ schema: Mark }),
};

const box = defineAggregate({
  type: 'box',
  machine: setup({
    types: {
      events: {} as Messages<typeof commands>,
      emitted: {} as Emitted<typeof events>,
    },
  }).createMachine({
    id: 'box',
    context: {},
    on: {
      Take: { actions: emit(({ event }) => ({ type: 'Taken', data: event.data })) },
      Mark: { actions: emit(({ event }) => ({ type: 'Marked', data: event.data })) },
    },
  }),
  commands,
  events,
});

const on = { Taken: events.Taken };
type TokenData = z.output<typeof Token>;

/** The box that a token is passed to. */
function nextBox({ origin, left }: TokenData): string {
  return `box${(origin * 31 + left * 17) % BOXES}`;
}

const mark = (kind: string, { origin, left }: TokenData) => ({
  command: 'Mark' as const,
  data: { box: `${kind}${origin % 3}`, mark: `${kind} ${origin}.${left}` },
});

const builder = setup({
  types: { context: {} as object, events: {} as PolicyMessages<typeof on> },
  actions: { send: sends<typeof commands>() },
  guards: { isOver: ({ event }) => event.type === 'Taken' && event.data.left === 0 },
});

/** Passes tokens on; all of a third of the origins meet in one instance that never ends. */
const pass = definePolicy({
  name: 'pass',
  on,
  correlate: ({ data }) => (data.left === 0 ? null : `third ${data.origin % 3}`),
  machine: builder.createMachine({
    id: 'pass',
    context: {},
    on: {
      Taken: {
        actions: {
          type: 'send',
          params: ({ event: { data } }) => ({
            command: 'Take',
            data: { box: nextBox(data), origin: data.origin, left: data.left - 1 },
          }),
        },
      },
    },
  }),
});

/** Marks every token and waits for the outcome: one instance a token. */
const note = definePolicy({
  name: 'note',
  on,
  machine: builder.createMachine({
    id: 'note',
    context: {},
    initial: 'new',
    states: {
      new: {
        on: {
          Taken: {
            target: 'noting',
            actions: { type: 'send', params: ({ event }) => mark('note', event.data) },
          },
        },
      },
      noting: { on: { 'command.accepted': 'noted' } },
      noted: { type: 'final' },
    },
  }),
});

/** Marks every token a second after it was taken, by a timer, and once more by an effect. */
const later = setup({
  types: {
    context: {} as { token: TokenData },
    events: {} as PolicyMessages<typeof on>,
  },
  actions: { send: sends<typeof commands>() },
  actors: {
    weigh: defineEffect({
      run: async ({ input, attempt }: { input: number; attempt: number }) => {
        if ((input + attempt) % 3 === 0) throw new Error('the scales are out of order');
        return input;
      },
    }),
  },
});
const weigh = definePolicy({
  name: 'weigh',
  on,
  machine: later.createMachine({
    id: 'weigh',
    context: { token: { box: '', origin: 0, left: 0 } },
    initial: 'new',
    states: {
      new: {
        on: {
          Taken: {
            target: 'waiting',
            actions: assign({ token: ({ event }) => event.data }),
          },
        },
      },
      waiting: {
        after: {
          1000: {
            target: 'weighing',
            actions: { type: 'send', params: ({ context }) => mark('late', context.token) },
          },
        },
      },
      weighing: {
        invoke: {
          src: 'weigh',
          input: ({ context }) => context.token.origin,
          onDone: {
            target: 'weighed',
            actions: { type: 'send', params: ({ context }) => mark('weighed', context.token) },
          },
        },
      },
      weighed: { type: 'final' },
    },
  }),
});

export const tokenApp: App = defineApp({ aggregates: [box], policies: [pass, note, weigh] });

/** Where a token begins its way. */
export function firstToken(origin: number, left: number): TokenData {
  return { box: nextBox({ box: '', origin, left }), origin, left };
}

/** All that one token comes to at rest: what is taken, and every mark. */
export function causedBy(origin: number, left: number): string[] {
  return Array.from({ length: left + 1 }, (_, place) => place).flatMap((place) => [
    `taken ${origin}.${place}`,
    ...['note', 'late', 'weighed'].map((kind) => `${kind} ${origin}.${place}`),
  ]);
}

/** What an event says was caused, as {@link causedBy} names it. */
export function causedIn(type: string, data: unknown): string {
  if (type === 'Marked') return Mark.parse(data).mark;
  const { origin, left } = Token.parse(data);
  return `taken ${origin}.${left}`;
}
