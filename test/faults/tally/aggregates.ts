/** An app in which a second effect shows: whoever adds twice has added twice. */
import { emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineCommand,
  defineEvent,
  type Emitted,
  type Messages,
} from '../../../src/define/index.ts';

const Poke = z.strictObject({ source: z.string().min(1), number: z.int(), group: z.string() });
const Add = z.strictObject({ tally: z.string().min(1), of: z.int() });

export const sourceEvents = { Poked: defineEvent({ schema: Poke }) };
const sourceCommands = {
  Poke: defineCommand({
    summary: 'Is recorded, and that is all.',
    schema: Poke,
    target: (data) => data.source,
  }),
};

export const source = defineAggregate({
  type: 'source',
  machine: setup({
    types: {
      events: {} as Messages<typeof sourceCommands>,
      emitted: {} as Emitted<typeof sourceEvents>,
    },
  }).createMachine({
    id: 'source',
    on: { Poke: { actions: emit(({ event }) => ({ type: 'Poked', data: event.data })) } },
  }),
  commands: sourceCommands,
  events: sourceEvents,
});

const tallyEvents = { Added: defineEvent({ schema: Add }) };
export const tallyCommands = {
  Add: defineCommand({
    summary: 'Adds one more, whatever was added before.',
    schema: Add,
    target: (data) => data.tally,
  }),
};

export const tally = defineAggregate({
  type: 'tally',
  machine: setup({
    types: {
      events: {} as Messages<typeof tallyCommands>,
      emitted: {} as Emitted<typeof tallyEvents>,
    },
  }).createMachine({
    id: 'tally',
    on: { Add: { actions: emit(({ event }) => ({ type: 'Added', data: event.data })) } },
  }),
  commands: tallyCommands,
  events: tallyEvents,
});
