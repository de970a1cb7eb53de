/** The code of docs/changes.md. */
import { z } from 'zod';
import { defineAggregate, defineEvent, definePolicy } from '../../src/define/index.ts';
import { commands, events, PACK, parcels } from './parcels.ts';

const on = { Packed: events.Packed };

const machine = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  initial: 'empty',
  states: {
    empty: { on: { Pack: { target: 'ready.open', actions: PACK.actions } } },
    ready: {
      initial: 'open',
      states: { open: {}, labelled: {} },
      on: { Send: { target: 'sent', actions: 'sent' } },
    },
    sent: { on: { Deliver: { target: 'delivered', actions: 'delivered' } } },
    delivered: {},
  },
});

export const parcel = defineAggregate({
  type: 'parcel',
  version: 3,
  migrations: {
    // `packed` is called `ready` now.
    1: ({ value }) => (value === 'packed' ? { value: 'ready' } : {}),
    // A parcel that is ready is open, or has its label; and weights are whole grams.
    2: ({ value, context }) => ({
      value: value === 'ready' ? { ready: 'open' } : value,
      context: { ...context, grams: Math.round(Number(context.grams)) },
    }),
  },
  context: z.object({ grams: z.int() }),
  machine,
  commands,
  events,
});

export function reminderOf(reminderMachine: Parameters<typeof definePolicy>[0]['machine']) {
  const reminder = definePolicy({
    name: 'reminder',
    version: 2,
    migrations: {
      // `waiting` is called `pausing` now, and so is what the timer of its `after` is named by.
      1: ({ value, timers }) => {
        const { 'xstate.after.3600000.reminder.waiting': timer, ...others } = timers;
        if (value !== 'waiting' || timer === undefined) return {};
        return {
          value: 'pausing',
          timers: { ...others, 'xstate.after.3600000.reminder.pausing': timer },
        };
      },
    },
    machine: reminderMachine as never,
    on,
  });
  return reminder;
}

export const Packed = defineEvent({
  schema: z.object({ parcel: z.string(), grams: z.number(), box: z.string(), by: z.string() }),
  version: 3,
  upcast: {
    1: (data) => ({ ...Object(data), box: 'plain' }),
    2: (data) => ({ ...Object(data), by: 'unknown' }),
  },
});
