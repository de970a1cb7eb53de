/** Policies of desks that tell by what they stamp, and by how they stand, what they were given. */
import { assign, setup } from 'xstate';
import {
  type CorrelatedEvent,
  definePolicy,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import {
  type commands,
  events,
  onWritten,
  sendsEach,
  stamp,
  stampOnce,
  writing,
} from '../../support/desk/index.ts';

/** Stamps every text, on a desk that its first word names. */
export const stampEach = sendsEach('stampEach', ({ desk, text }) =>
  stamp(wordOf(text), `${desk} ${text}`),
);

const wordOf = (text: string): string => text.split(' ')[0] ?? '';
export const byWord = ({ data }: CorrelatedEvent<typeof onWritten>) =>
  data.text.startsWith('-') ? null : wordOf(data.text);

/** Counts the texts of every desk. */
export const counting = writing.createMachine({
  id: 'counting',
  context: { text: '' },
  on: { Written: { actions: assign({ text: ({ context }) => `${context.text}|` }) } },
});

/** Is begun by any text but `end`, which ends it. */
export const untilEnd = writing.createMachine({
  id: 'untilEnd',
  context: { text: '' },
  initial: 'new',
  states: {
    new: { on: { Written: 'begun' } },
    begun: {
      on: { Written: { guard: ({ event }) => event.data.text.endsWith('end'), target: 'ended' } },
    },
    ended: { type: 'final' },
  },
});

/** Has an instance of its own for every desk, until that is sealed. */
const on = { Written: events.Written, Sealed: events.Sealed };
const untilSealed = setup({
  types: { context: {} as object, events: {} as PolicyMessages<typeof on> },
  actions: { send: sends<typeof commands>() },
}).createMachine({
  id: 'untilSealed',
  context: {},
  initial: 'open',
  states: {
    open: {
      on: {
        Written: {
          actions: { type: 'send', params: ({ event: { data } }) => stamp('kept', data.text) },
        },
        Sealed: {
          target: 'ended',
          actions: { type: 'send', params: ({ event: { data } }) => stamp('ends', data.desk) },
        },
      },
    },
    ended: { type: 'final' },
  },
});

export const once = definePolicy({ name: 'once', machine: stampOnce, on: onWritten });
export const each = definePolicy({
  name: 'each',
  machine: stampEach,
  on: onWritten,
  correlate: byWord,
});
export const kept = definePolicy({ name: 'kept', machine: untilSealed, on, correlate: 'actor' });
