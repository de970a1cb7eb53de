import { assertEvent, assign, emit, setup } from 'xstate';
import { noEffect, refuse } from '../../src/define/index.ts';
import type { ShowCommand } from './commands.ts';
import type { ShowEvent } from './events.ts';

interface ShowContext {
  readonly title: string | null;
  readonly capacity: number;
}

const show = setup({
  types: {
    context: {} as ShowContext,
    events: {} as ShowCommand,
    emitted: {} as ShowEvent,
  },
  guards: {
    titleIsTaken: ({ event }) => {
      assertEvent(event, 'AnnounceShow');
      return event.claims.title === 'taken';
    },
    guestIsMissing: ({ event }) => {
      assertEvent(event, 'ReserveSeat');
      return event.facts.guest?.isActive !== true;
    },
    seatIsTheirs: ({ event }) => {
      assertEvent(event, 'ReserveSeat');
      return event.facts.reservation?.value.guestId === event.data.guestId;
    },
    seatIsTaken: ({ event }) => {
      assertEvent(event, 'ReserveSeat');
      return event.facts.reservation !== null;
    },
    isFull: ({ context, event }) => {
      assertEvent(event, 'ReserveSeat');
      return event.facts.reserved >= context.capacity;
    },
    isReserved: ({ event }) => {
      assertEvent(event, 'ReleaseSeat');
      const { reservation } = event.facts;
      if (reservation === null) return false;
      const { reservationId } = reservation.value;
      return (event.data.reservationId ?? reservationId) === reservationId;
    },
  },
  actions: {
    noEffect,
    showAnnounced: emit(({ event }) => {
      assertEvent(event, 'AnnounceShow');
      return { type: 'ShowAnnounced', data: { ...event.data, announcedAt: event.meta.at } };
    }),
    keepShow: assign(({ event }) => {
      assertEvent(event, 'AnnounceShow');
      return { title: event.data.title, capacity: event.data.capacity };
    }),
    refuseAnnouncement: refuse('AnnouncementRefused', ({ event }) => {
      assertEvent(event, 'AnnounceShow');
      return { title: event.data.title };
    }),
    seatReserved: emit(({ event }) => {
      assertEvent(event, 'ReserveSeat');
      const { commandId: reservationId, at: reservedAt } = event.meta;
      return { type: 'SeatReserved', data: { ...event.data, reservationId, reservedAt } };
    }),
    refuseReservation: refuse('ReservationRefused', ({ event }) => {
      assertEvent(event, 'ReserveSeat');
      return event.data;
    }),
    seatReleased: emit(({ event }) => {
      assertEvent(event, 'ReleaseSeat');
      const { showId, seat, reason } = event.data;
      const { reservation } = event.facts;
      if (reservation === null) throw new Error('Only a seat that is reserved is released');
      return { type: 'SeatReleased', data: { showId, seat, reason, ...reservation.value } };
    }),
    showCancelled: emit(({ event }) => {
      assertEvent(event, 'CancelShow');
      return { type: 'ShowCancelled', data: { ...event.data, cancelledAt: event.meta.at } };
    }),
  },
});

/** How a show decides. */
export const showMachine = show.createMachine({
  id: 'show',
  context: { title: null, capacity: 0 },
  initial: 'unannounced',
  states: {
    unannounced: {
      on: {
        AnnounceShow: [
          {
            guard: 'titleIsTaken',
            actions: { type: 'refuseAnnouncement', params: { reason: 'Title already taken' } },
          },
          { target: 'open', actions: ['showAnnounced', 'keepShow'] },
        ],
        ReserveSeat: {
          actions: { type: 'refuseReservation', params: { reason: 'Show not found' } },
        },
      },
    },
    open: {
      on: {
        AnnounceShow: {
          actions: { type: 'refuseAnnouncement', params: { reason: 'Show already announced' } },
        },
        ReserveSeat: [
          { guard: 'seatIsTheirs', actions: 'noEffect' },
          {
            guard: 'guestIsMissing',
            actions: { type: 'refuseReservation', params: { reason: 'Guest not found' } },
          },
          {
            guard: 'seatIsTaken',
            actions: { type: 'refuseReservation', params: { reason: 'Seat is taken' } },
          },
          {
            guard: 'isFull',
            actions: { type: 'refuseReservation', params: { reason: 'Show is full' } },
          },
          { actions: 'seatReserved' },
        ],
        ReleaseSeat: [{ guard: 'isReserved', actions: 'seatReleased' }, { actions: 'noEffect' }],
        CancelShow: { target: 'cancelled', actions: 'showCancelled' },
      },
    },
    cancelled: { on: { CancelShow: { actions: 'noEffect' } } },
  },
});
