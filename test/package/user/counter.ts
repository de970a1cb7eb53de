/** An app of one aggregate, as somebody writes it who has installed the package. */
import { defineAggregate, defineApp, defineCommand, defineEvent, type Messages } from 'everstate';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';

const commands = {
  Count: defineCommand({
    summary: 'Adds to a counter.',
    schema: z.strictObject({ counterId: z.string().min(1), by: z.int().positive() }),
    target: ({ counterId }) => counterId,
  }),
};

const events = {
  Counted: defineEvent({ schema: z.object({ by: z.int(), total: z.int() }) }),
};

const machine = setup({
  types: {
    context: {} as { total: number },
    events: {} as Messages<typeof commands>,
    emitted: {} as { type: 'Counted'; data: { by: number; total: number } },
  },
}).createMachine({
  id: 'counter',
  context: { total: 0 },
  on: {
    Count: {
      actions: [
        assign({ total: ({ context, event }) => context.total + event.data.by }),
        emit(({ context, event }) => ({
          type: 'Counted',
          data: { by: event.data.by, total: context.total },
        })),
      ],
    },
  },
});

export const app = defineApp({
  aggregates: [defineAggregate({ type: 'counter', machine, commands, events })],
});
