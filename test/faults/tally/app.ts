import { assertEvent, assign, setup } from 'xstate';
import {
  defineApp,
  defineEffect,
  definePolicy,
  type PolicyMessages,
  type SendingOf,
  sends,
} from '../../../src/define/index.ts';
import { source, sourceEvents, tally, type tallyCommands } from './aggregates.ts';

const on = { Poked: sourceEvents.Poked };
type Message = PolicyMessages<typeof on>;
type Poked = Extract<Message, { type: 'Poked' }>;

const SETTLING_MS = 30;

/** A poke: by which source, which of its. */
interface Kept {
  readonly source: string;
  readonly of: number;
}

/** One more in a tally of its source, with what it is for. */
function adding(name: string, { source: by, of }: Kept): SendingOf<typeof tallyCommands> {
  return { command: 'Add', data: { tally: `${name}-${by}`, of } };
}

function pokeOf({ data }: Poked): Kept {
  return { source: data.source, of: data.number };
}

const keep = ({ event }: { event: Message }): Kept => {
  assertEvent(event, 'Poked');
  return pokeOf(event);
};

/** Sends a second command for the outcome of the first. */
const chain = definePolicy({
  name: 'chain',
  on,
  machine: setup({
    types: { context: {} as Kept, events: {} as Message },
    actions: { send: sends<typeof tallyCommands>(), keep: assign(keep) },
  }).createMachine({
    id: 'chain',
    context: { source: '', of: 0 },
    initial: 'idle',
    states: {
      idle: {
        on: {
          Poked: {
            target: 'first',
            actions: [
              'keep',
              {
                type: 'send',
                params: ({ event }) => adding('first', pokeOf(event)),
              },
            ],
          },
        },
      },
      first: {
        on: {
          'command.accepted': {
            target: 'second',
            actions: {
              type: 'send',
              params: ({ context }) => adding('second', context),
            },
          },
        },
      },
      second: { on: { 'command.accepted': 'done' } },
      done: { type: 'final' },
    },
  }),
  correlate: 'event',
  from: 'beginning',
});

/** One instance for each group, in a partition of its own, which never ends. */
const gather = definePolicy({
  name: 'gather',
  on,
  machine: setup({
    types: { context: {} as { count: number }, events: {} as Message },
    actions: { send: sends<typeof tallyCommands>() },
  }).createMachine({
    id: 'gather',
    context: { count: 0 },
    on: {
      Poked: {
        actions: [
          assign({ count: ({ context }) => context.count + 1 }),
          {
            type: 'send',
            params: ({ event }) => adding('gathered', pokeOf(event)),
          },
        ],
      },
    },
  }),
  correlate: ({ data }) => data.group,
  from: 'beginning',
});

const think = defineEffect<{ of: number }, Kept>({
  run: async ({ input: { of }, attempt }) => {
    if (attempt === 1 && of % 4 === 3) throw new Error('not at the first try');
    return { of };
  },
});

/** Waits, runs an effect, and sends for what that gives. */
const settle = definePolicy({
  name: 'settle',
  on,
  machine: setup({
    types: { context: {} as Kept, events: {} as Message },
    actors: { think },
    actions: { send: sends<typeof tallyCommands>(), keep: assign(keep) },
  }).createMachine({
    id: 'settle',
    context: { source: '', of: 0 },
    initial: 'idle',
    states: {
      idle: { on: { Poked: { target: 'waiting', actions: 'keep' } } },
      waiting: { after: { [SETTLING_MS]: 'thinking' } },
      thinking: {
        invoke: {
          src: 'think',
          id: 'think',
          input: ({ context }) => context,
          onDone: {
            target: 'sending',
            actions: {
              type: 'send',
              params: ({ context, event }) =>
                adding('settled', { ...context, of: event.output.of }),
            },
          },
        },
      },
      sending: { on: { 'command.accepted': 'done' } },
      done: { type: 'final' },
    },
  }),
  correlate: 'event',
  from: 'beginning',
});

/** What the policies add to, one of each for a source: each by one for every poke. */
export const TALLIES = ['first', 'second', 'gathered', 'settled'] as const;

export const tallyApp = defineApp({
  aggregates: [source, tally],
  policies: [chain, gather, settle],
});
