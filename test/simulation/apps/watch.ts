/**
 * A small domain whose policies wait, call the world and take events from many partitions: an alarm
 * is sounded when a door stays open, a bell is rung for it, and every opening is counted.
 */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  type CommandOutcome,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEffect,
  defineEvent,
  definePolicy,
  type EffectCall,
  type Emitted,
  type Messages,
  noEffect,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';

/** How long a door may stay open untouched, in ms. */
export const OPEN_MS_MAX = 300;

/** What a bell is rung for. */
export interface Ringing {
  readonly door: string;
  readonly episode: number;
}

/** What lies outside of the nodes. */
export interface Outside {
  /** Rings the bell; may fail, and take its time. */
  readonly ring: (call: EffectCall<Ringing>) => Promise<string>;
  /** May throw: as code does that meets what it does not expect. */
  readonly meet: () => void;
}

const Door = z.string().min(1);
const Episode = z.strictObject({ door: Door, episode: z.int() });
const Sounding = Episode.extend({ touches: z.int() });
const Note = Episode.extend({ receipt: z.string() });
const Tally = Episode.extend({ group: z.string() });
const byDoor = ({ door }: { door: string }) => door;
const byGroup = ({ group }: { group: string }) => group;

const doorCommands = {
  Open: defineCommand({
    summary: 'Opens a door.',
    schema: z.strictObject({ door: Door }),
    target: byDoor,
  }),
  Touch: defineCommand({
    summary: 'Says that somebody is there.',
    schema: z.strictObject({ door: Door }),
    target: byDoor,
  }),
  Close: defineCommand({
    summary: 'Shuts a door.',
    schema: z.strictObject({ door: Door }),
    target: byDoor,
  }),
  Sound: defineCommand({
    summary: 'Sounds the alarm, however often.',
    schema: Sounding,
    target: byDoor,
  }),
  Note: defineCommand({
    summary: 'Notes that the bell was rung, however often.',
    schema: Note,
    target: byDoor,
  }),
};
const doorEvents = {
  Opened: defineEvent({ schema: Episode }),
  Touched: defineEvent({ schema: Episode }),
  Closed: defineEvent({ schema: Episode }),
  Sounded: defineEvent({ schema: Sounding }),
  Noted: defineEvent({ schema: Note }),
};
const countCommands = {
  Count: defineCommand({
    summary: 'Counts an opening, however often.',
    schema: Tally,
    target: byGroup,
  }),
};
const countEvents = { Counted: defineEvent({ schema: Tally }) };
const commands = { ...doorCommands, ...countCommands };

const doorMachine = setup({
  types: {
    context: {} as { episode: number },
    events: {} as Messages<typeof doorCommands>,
    emitted: {} as Emitted<typeof doorEvents>,
  },
  actions: { noEffect },
}).createMachine({
  id: 'door',
  context: { episode: 0 },
  initial: 'shut',
  on: {
    Sound: { actions: emit(({ event }) => ({ type: 'Sounded', data: event.data })) },
    Note: { actions: emit(({ event }) => ({ type: 'Noted', data: event.data })) },
  },
  states: {
    shut: {
      on: {
        Open: {
          target: 'open',
          actions: [
            assign({ episode: ({ context }) => context.episode + 1 }),
            emit(({ context: { episode }, event: { data } }) => ({
              type: 'Opened',
              data: { door: data.door, episode },
            })),
          ],
        },
        Touch: { actions: 'noEffect' },
        Close: { actions: 'noEffect' },
      },
    },
    open: {
      on: {
        Open: { actions: 'noEffect' },
        Touch: {
          actions: emit(({ context: { episode }, event: { data } }) => ({
            type: 'Touched',
            data: { door: data.door, episode },
          })),
        },
        Close: {
          target: 'shut',
          actions: emit(({ context: { episode }, event: { data } }) => ({
            type: 'Closed',
            data: { door: data.door, episode },
          })),
        },
      },
    },
  },
});
const door = defineAggregate({
  type: 'door',
  machine: doorMachine,
  commands: doorCommands,
  events: doorEvents,
});

const countMachine = setup({
  types: {
    events: {} as Messages<typeof countCommands>,
    emitted: {} as Emitted<typeof countEvents>,
  },
}).createMachine({
  id: 'count',
  context: {},
  on: { Count: { actions: emit(({ event }) => ({ type: 'Counted', data: event.data })) } },
});
const count = defineAggregate({
  type: 'count',
  machine: countMachine,
  commands: countCommands,
  events: countEvents,
});

const onDoor = {
  Opened: doorEvents.Opened,
  Touched: doorEvents.Touched,
  Closed: doorEvents.Closed,
};

function alarmWith({ ring, meet }: Outside) {
  const machine = setup({
    types: {
      context: {} as Ringing & { touches: number },
      events: {} as PolicyMessages<typeof onDoor>,
    },
    actors: { ring: defineEffect({ run: ring, attempts: 3, timeoutMs: 2_000 }) },
    actions: { send: sends<typeof commands>(), noEffect },
    delays: { openMax: OPEN_MS_MAX },
  }).createMachine({
    id: 'alarm',
    context: { door: '', episode: 0, touches: 0 },
    initial: 'new',
    // What comes of its own commands needs nothing done.
    on: { 'command.*': { actions: 'noEffect' } },
    states: {
      new: {
        on: {
          Opened: {
            target: 'open',
            actions: assign(({ event }) => ({ ...event.data, touches: 0 })),
          },
        },
      },
      open: {
        after: { openMax: 'sounding' },
        on: {
          Touched: {
            target: 'open',
            reenter: true,
            actions: assign({ touches: ({ context }) => context.touches + 1 }),
          },
          Closed: 'ended',
        },
      },
      sounding: {
        entry: {
          type: 'send',
          params: ({ context }) => ({ command: 'Sound', data: { ...context } }),
        },
        invoke: {
          src: 'ring',
          input: ({ context: { door: name, episode } }) => ({ door: name, episode }),
          onDone: {
            target: 'quiet',
            actions: {
              type: 'send',
              params: ({ context: { door: name, episode }, event }) => ({
                command: 'Note',
                data: { door: name, episode, receipt: String(event.output) },
              }),
            },
          },
          onError: {
            target: 'quiet',
            actions: {
              type: 'send',
              params: ({ context: { door: name, episode } }) => ({
                command: 'Note',
                data: { door: name, episode, receipt: 'none' },
              }),
            },
          },
        },
        on: { Touched: { actions: 'noEffect' }, Closed: 'ended' },
      },
      quiet: { on: { Touched: { actions: 'noEffect' }, Closed: 'ended' } },
      ended: { type: 'final' },
    },
  });
  return definePolicy({
    name: 'alarm',
    machine,
    on: onDoor,
    correlate: 'actor',
    from: 'beginning',
    attempts: 100,
    facts: () => {
      meet();
      return {};
    },
  });
}

/** Into which group the openings of a door are counted. */
export function groupOf(name: string): string {
  return `group${name.charCodeAt(name.length - 1) % 2}`;
}

function countingWith({ meet }: Outside) {
  const on = { Opened: doorEvents.Opened };
  const machine = setup({
    types: { events: {} as PolicyMessages<typeof on> | CommandOutcome },
    actions: { send: sends<typeof commands>(), noEffect },
  }).createMachine({
    id: 'counting',
    initial: 'counting',
    states: {
      counting: {
        on: {
          Opened: {
            actions: {
              type: 'send',
              params: ({ event: { data } }) => ({
                command: 'Count',
                data: { ...data, group: groupOf(data.door) },
              }),
            },
          },
          'command.*': { actions: 'noEffect' },
        },
      },
    },
  });
  return definePolicy({
    name: 'counting',
    machine,
    on,
    correlate: ({ data }) => groupOf(data.door),
    from: 'beginning',
    attempts: 2,
    facts: () => {
      meet();
      return {};
    },
  });
}

/** @param outside of one node */
export function watchApp(outside: Outside): App {
  return defineApp({
    aggregates: [door, count],
    policies: [alarmWith(outside), countingWith(outside)],
  });
}
