import { defineAggregate, put, remove } from '../../src/define/index.ts';
import { seats, showView } from './collections.ts';
import { commands } from './commands.ts';
import { events } from './events.ts';
import { showMachine } from './machine.ts';

/** A show that accounts reserve seats for. */
export const show = defineAggregate({
  type: 'show',
  machine: showMachine,
  commands,
  events,
  view: {
    definition: showView,
    of: ({ value, context }) => ({
      title: context.title ?? '',
      capacity: context.capacity,
      isOpen: value === 'open',
    }),
  },
  claims: {
    title: {
      normalize: (title) => title.normalize('NFC').toLowerCase(),
      held: ({ value, context }) => (value === 'open' ? context.title : null),
    },
  },
  collections: { seats },
  folds: {
    seats: {
      SeatReserved: ({ seat, reservedAt, guestId, reservationId }) =>
        put(seat, reservedAt, { guestId, reservationId }),
      SeatReleased: ({ seat }) => remove(seat),
    },
  },
});
