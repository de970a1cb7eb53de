/** Mistakes in what refuses that must not compile, each beside the right form; and what that form does. */
import { describe, expect, it } from 'vitest';
import { initialTransition, setup, transition } from 'xstate';
import { z } from 'zod';
import {
  defineCommand,
  defineEvent,
  defineRejection,
  type Emitted,
  type Messages,
  refuse,
} from '../../src/define/index.ts';

const commands = {
  PlaceBook: defineCommand({
    summary: 'Places a book.',
    schema: z.strictObject({ shelfId: z.string(), isbn: z.string() }),
    target: ({ shelfId }) => shelfId,
  }),
};
const events = {
  BookPlaced: defineEvent({ schema: z.object({ isbn: z.string() }) }),
  PlacingRefused: defineRejection({
    schema: z.object({ isbn: z.string(), reason: z.enum(['Full', 'Closed']) }),
  }),
};
const types = {
  context: {},
  events: {} as Messages<typeof commands>,
  emitted: {} as Emitted<typeof events>,
};

const shelf = setup({
  types,
  actions: { refusePlacing: refuse('PlacingRefused', ({ event }) => ({ isbn: event.data.isbn })) },
});
const machine = shelf.createMachine({
  on: { PlaceBook: { actions: { type: 'refusePlacing', params: { reason: 'Full' } } } },
});

describe('an action that refuses', () => {
  it('emits its rejection with the reason of its transition', () => {
    const meta = { commandId: 'c', at: '2026-01-01T00:00:00.000Z' };
    const data = { shelfId: 'a', isbn: '7' };
    const message = { type: 'PlaceBook', data, facts: {}, claims: {}, meta } as const;
    const [state] = initialTransition(machine);
    const [, actions] = transition(machine, state, message as Messages<typeof commands>);
    expect(actions.map(({ params }) => params)).toMatchObject([
      { event: { type: 'PlacingRefused', data: { isbn: '7', reason: 'Full' } } },
    ]);
  });

  it('says all that its event says, of an event that there is', () => {
    setup({
      types,
      actions: { refusePlacing: refuse('PlacingRefused', () => ({ isbn: '7' })) },
    });
    setup({
      types,
      actions: {
        // @ts-expect-error the isbn is missing
        refusePlacing: refuse('PlacingRefused', () => ({})),
      },
    });
    setup({
      types,
      actions: {
        // @ts-expect-error there is no such event
        refusePlacing: refuse('PlacingRefusd', () => ({ isbn: '7' })),
      },
    });
  });

  it('is given a reason, and one that its event allows', () => {
    shelf.createMachine({
      on: {
        // @ts-expect-error the event knows no such reason
        PlaceBook: {
          actions: { type: 'refusePlacing', params: { reason: 'Fulll' } },
        },
      },
    });
    shelf.createMachine({
      // @ts-expect-error it says no reason
      on: { PlaceBook: { actions: 'refusePlacing' } },
    });
  });
});
