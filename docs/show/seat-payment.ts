import { assertEvent, assign, setup } from 'xstate';
import { accountView } from '../../machines/account/collections.ts';
import {
  defineEffect,
  definePolicy,
  type InstanceState,
  noEffect,
  type PolicyMessages,
  sends,
  view,
} from '../../src/define/index.ts';
import type { commands } from './commands.ts';
import { events } from './events.ts';
import { type Payments, payments } from './payments.ts';

const MINUTE_MS = 60 * 1_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const on = { SeatReserved: events.SeatReserved, SeatReleased: events.SeatReleased };

/** What is remembered of a reservation. */
interface Reservation {
  readonly showId: string;
  readonly seat: string;
  readonly guestId: string;
  readonly reservationId: string;
  readonly receipt: string | null;
}

/** Before a guest is charged, it is looked whether there still is one. */
function factsOf(_: unknown, { value, context }: InstanceState<Reservation>) {
  return { guest: value === 'held' ? view(accountView, context.guestId) : undefined };
}

/** The policy with a provider of payments. */
export function seatPaymentWith({ charge, refund }: Payments) {
  const machine = setup({
    types: {
      context: {} as Reservation,
      events: {} as PolicyMessages<typeof on, ReturnType<typeof factsOf>>,
    },
    actors: {
      charge: defineEffect({ run: charge, attempts: 3, timeoutMs: 10_000 }),
      refund: defineEffect({ run: refund, attempts: 3, timeoutMs: 10_000 }),
    },
    guards: {
      guestIsGone: ({ event }) => event.facts.guest?.isActive !== true,
    },
    delays: { mindMayChange: MINUTE_MS, refundLater: DAY_MS, refundable: 14 * DAY_MS },
    actions: {
      noEffect,
      send: sends<typeof commands>(),
      keepReservation: assign(({ event }) => {
        assertEvent(event, 'SeatReserved');
        const { showId, seat, guestId, reservationId } = event.data;
        return { showId, seat, guestId, reservationId };
      }),
    },
  }).createMachine({
    id: 'seat-payment',
    context: { showId: '', seat: '', guestId: '', reservationId: '', receipt: null },
    initial: 'new',
    // Where no state says more, the seat is being given back already.
    on: { SeatReleased: { actions: 'noEffect' } },
    states: {
      new: {
        on: {
          SeatReserved: { target: 'held', actions: 'keepReservation' },
          // Of a reservation that this policy is through with, or never saw.
          SeatReleased: 'over',
        },
      },
      held: {
        after: {
          mindMayChange: [{ guard: 'guestIsGone', target: 'releasing' }, { target: 'charging' }],
        },
        on: { SeatReleased: 'over' },
      },
      charging: {
        invoke: {
          src: 'charge',
          input: ({ context: { guestId, reservationId } }) => ({ guestId, reservationId }),
          onDone: {
            target: 'paid',
            actions: assign({ receipt: ({ event }) => event.output.receipt }),
          },
          onError: 'releasing',
        },
        on: { SeatReleased: 'refunding' },
      },
      paid: {
        on: { SeatReleased: 'refunding' },
        after: { refundable: 'over' },
      },
      releasing: {
        entry: {
          type: 'send',
          params: ({ context: { showId, seat, reservationId } }) => ({
            command: 'ReleaseSeat',
            data: { showId, seat, reservationId, reason: 'not_paid' },
          }),
        },
        on: { 'command.*': 'refunding' },
      },
      // A charge that gave no answer may have been made all the same.
      refunding: {
        invoke: {
          src: 'refund',
          input: ({ context: { guestId, reservationId } }) => ({ guestId, reservationId }),
          onDone: 'over',
          onError: 'refundingLater',
        },
      },
      refundingLater: {
        after: { refundLater: 'refunding' },
      },
      over: { type: 'final' },
    },
  });

  return definePolicy({
    name: 'seat-payment',
    machine,
    on,
    correlate: ({ data }) => data.reservationId,
    facts: factsOf,
  });
}

/** Has reserved seats paid, and gives back those that are not. */
export const seatPayment = seatPaymentWith(payments);
