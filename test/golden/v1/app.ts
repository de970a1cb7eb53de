/**
 * The app whose stored state the fixtures of version 1 are: lockers that are rented. It is frozen with
 * them. Where what is stored changes, a later version brings a migration or an upcaster of its own.
 */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCollection,
  defineCommand,
  defineEffect,
  defineEvent,
  definePolicy,
  defineProjection,
  defineReadModel,
  defineRejection,
  defineView,
  type Emitted,
  entry,
  type Messages,
  noEffect,
  type PolicyMessages,
  put,
  remove,
  sends,
} from '../../../src/define/index.ts';

/** What the outer world does: it was broken when the fixtures were made, and is mended when they load. */
export interface World {
  readonly isBroken: boolean;
  readonly ask: (question: string) => Promise<string>;
}

const target = ({ locker }: { locker: string }) => locker;
const Locker = z.strictObject({ locker: z.string().min(1) });
const Thing = z.strictObject({ locker: z.string(), thing: z.string() });
const Note = z.strictObject({ locker: z.string(), text: z.string() });
const Mark = z.strictObject({ locker: z.string(), mark: z.string() });

const things = defineCollection({
  aggregate: 'locker',
  name: 'things',
  value: z.object({ by: z.string() }),
});

export const commands = {
  Rent: defineCommand({
    summary: 'Rents a locker under a label of its own.',
    schema: z.strictObject({ locker: z.string(), label: z.string() }),
    target,
    claims: ({ label }) => ({ label }),
  }),
  PutIn: defineCommand({ summary: 'Puts a thing in.', schema: Thing, target }),
  TakeOut: defineCommand({
    summary: 'Takes it out.',
    schema: Thing,
    target,
    facts: ({ locker, thing }) => ({ there: entry(things, locker, thing) }),
  }),
  Shut: defineCommand({ summary: 'Shuts it.', schema: Locker, target }),
  Pause: defineCommand({ summary: 'Is away for a while.', schema: Locker, target }),
  Resume: defineCommand({ summary: 'Is back.', schema: Locker, target }),
  Note: defineCommand({ summary: 'Notes a text: policies react.', schema: Note, target }),
  Mark: defineCommand({ summary: 'Leaves a mark: what policies do.', schema: Mark, target }),
  Jam: defineCommand({ summary: 'Leaves a mark where the world works.', schema: Mark, target }),
};

export const events = {
  Rented: defineEvent({ schema: z.object({ locker: z.string(), label: z.string() }) }),
  PutInto: defineEvent({ schema: Thing }),
  TakenOut: defineEvent({ schema: Thing }),
  Shutted: defineEvent({ schema: Locker }),
  Paused: defineEvent({ schema: Locker }),
  Resumed: defineEvent({ schema: Locker }),
  Noted: defineEvent({ schema: Note }),
  Marked: defineEvent({ schema: Mark }),
  RentRefused: defineRejection({ schema: z.object({ label: z.string(), reason: z.string() }) }),
};

const lockerView = defineView({ aggregate: 'locker', schema: z.object({ label: z.string() }) });

type Thing = z.infer<typeof Thing>;
const thingsOf = {
  PutInto: ({ thing, locker }: Thing) => put(thing, '2026-01-01T00:00:00.000Z', { by: locker }),
  TakenOut: ({ thing }: Thing) => remove(thing),
};

function lockerWith(world: World) {
  const builder = setup({
    types: {
      context: {} as { label: string },
      events: {} as Messages<typeof commands>,
      emitted: {} as Emitted<typeof events>,
    },
    actions: { noEffect },
  });
  const machine = builder.createMachine({
    id: 'locker',
    context: { label: '' },
    initial: 'free',
    on: {
      Note: { actions: emit(({ event }) => ({ type: 'Noted', data: event.data })) },
      Mark: { actions: emit(({ event }) => ({ type: 'Marked', data: event.data })) },
      Jam: {
        actions: emit(({ event }) => {
          if (world.isBroken) throw new Error('it is jammed');
          return { type: 'Marked', data: event.data };
        }),
      },
    },
    states: {
      free: {
        on: {
          Rent: [
            {
              guard: ({ event }) => event.claims.label === 'granted',
              target: 'rented',
              actions: [
                assign({ label: ({ event }) => event.data.label }),
                emit(({ event }) => ({ type: 'Rented', data: event.data })),
              ],
            },
            {
              actions: emit(({ event }) => ({
                type: 'RentRefused',
                data: { label: event.data.label, reason: 'The label is taken' },
              })),
            },
          ],
        },
      },
      rented: {
        initial: 'open',
        states: {
          open: {
            on: {
              PutIn: { actions: emit(({ event }) => ({ type: 'PutInto', data: event.data })) },
              TakeOut: [
                { guard: ({ event }) => event.facts.there === null, actions: 'noEffect' },
                { actions: emit(({ event }) => ({ type: 'TakenOut', data: event.data })) },
              ],
              Shut: {
                target: 'shut',
                actions: emit(({ event }) => ({ type: 'Shutted', data: event.data })),
              },
            },
          },
          shut: {},
          before: { type: 'history' },
        },
        on: {
          Pause: {
            target: 'paused',
            actions: emit(({ event }) => ({ type: 'Paused', data: event.data })),
          },
        },
      },
      paused: {
        on: {
          Resume: {
            target: 'rented.before',
            actions: emit(({ event }) => ({ type: 'Resumed', data: event.data })),
          },
        },
      },
    },
  });
  return defineAggregate({
    type: 'locker',
    machine,
    commands,
    events,
    view: { definition: lockerView, of: ({ context }) => ({ label: context.label }) },
    claims: {
      label: {
        normalize: (label) => label.toLowerCase(),
        held: ({ context }) => (context.label === '' ? null : context.label),
      },
    },
    collections: { things },
    folds: { things: thingsOf },
  });
}

const on = { Noted: events.Noted };
const types = { context: {} as { count: number }, events: {} as PolicyMessages<typeof on> };

const mark = (locker: string, text: string) =>
  ({ command: 'Mark', data: { locker, mark: text } }) as const;

function policiesIn(world: World) {
  const builder = setup({
    types,
    actions: { send: sends<typeof commands>(), noEffect },
    actors: {
      ask: defineEffect<string, string>({
        run: ({ input }) => world.ask(input),
        attempts: 100,
        timeoutMs: 24 * 60 * 60 * 1_000,
      }),
    },
    guards: {
      begins: ({ event }, word: string) =>
        event.type === 'Noted' && event.data.text.startsWith(word),
      breaks: ({ event }) => {
        if (event.type === 'Noted' && event.data.text === 'break' && world.isBroken) {
          throw new Error('it is broken');
        }
        return false;
      },
    },
  });
  const begins = (word: string) => ({ type: 'begins', params: word }) as const;

  const reminder = builder.createMachine({
    id: 'reminder',
    context: { count: 0 },
    initial: 'idle',
    states: {
      idle: {
        on: { Noted: [{ guard: begins('remind'), target: 'waiting' }, { actions: 'noEffect' }] },
      },
      waiting: {
        on: { Noted: { actions: 'noEffect' } },
        after: {
          3600000: {
            target: 'ended',
            actions: { type: 'send', params: mark('marks', 'reminded') },
          },
        },
      },
      ended: { type: 'final' },
    },
  });
  const asker = builder.createMachine({
    id: 'asker',
    context: { count: 0 },
    initial: 'idle',
    states: {
      idle: { on: { Noted: [{ guard: begins('ask'), target: 'asking' }, { target: 'ended' }] } },
      asking: {
        invoke: {
          src: 'ask',
          input: ({ event }) => (event.type === 'Noted' ? event.data.text : ''),
          onDone: {
            target: 'ended',
            actions: { type: 'send', params: ({ event }) => mark('marks', event.output) },
          },
        },
      },
      ended: { type: 'final' },
    },
  });
  const breaker = builder.createMachine({
    id: 'breaker',
    context: { count: 0 },
    on: {
      Noted: [
        { guard: 'breaks' },
        { guard: begins('break'), actions: { type: 'send', params: mark('marks', 'unbroken') } },
        {
          actions: {
            type: 'send',
            params: ({ event }) => mark('marks', `after ${event.data.text}`),
          },
        },
      ],
    },
  });
  const sender = builder.createMachine({
    id: 'sender',
    context: { count: 0 },
    initial: 'idle',
    states: {
      idle: {
        on: {
          Noted: [
            {
              guard: begins('jam'),
              target: 'sent',
              actions: {
                type: 'send',
                params: { command: 'Jam', data: { locker: 'marks', mark: 'unjammed' }, ref: 'jam' },
              },
            },
            { target: 'ended' },
          ],
        },
      },
      sent: { on: { 'command.accepted': 'ended' } },
      ended: { type: 'final' },
    },
  });
  const router = builder.createMachine({
    id: 'router',
    context: { count: 0 },
    on: {
      Noted: {
        actions: [
          assign({ count: ({ context }) => context.count + 1 }),
          {
            type: 'send',
            params: ({ context, event }) =>
              mark('marks', `${event.data.text} ${context.count + 1}`),
          },
        ],
      },
    },
  });
  const broken = (name: string, attempts: number, word: string) =>
    definePolicy({
      name,
      machine: breaker,
      on,
      correlate: ({ data }) =>
        data.text.startsWith('break') || data.text === word ? `${name} it` : null,
      attempts,
    });
  return [
    definePolicy({ name: 'reminder', machine: reminder, on, correlate: 'actor' }),
    definePolicy({ name: 'asker', machine: asker, on }),
    definePolicy({ name: 'sender', machine: sender, on, attempts: 100 }),
    broken('breaker', 1, 'next'),
    broken('retrier', 100, 'next'),
    definePolicy({
      name: 'router',
      machine: router,
      on,
      correlate: ({ data }) => (data.text.startsWith('to ') ? data.text : null),
    }),
  ];
}

export const notes = defineReadModel('notes', { ranked: true });

const notesProjection = defineProjection({
  name: 'notes',
  model: notes,
  on,
  folds: {
    Noted: ({ locker, text }, { occurredAt, id }) => [
      { owner: locker, change: put(`${text} ${id.slice(-4)}`, occurredAt) },
    ],
  },
});

export function goldenApp(world: World): App {
  return defineApp({
    aggregates: [lockerWith(world)],
    policies: policiesIn(world),
    projections: [notesProjection],
  });
}
