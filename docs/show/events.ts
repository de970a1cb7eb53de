import { z } from 'zod';
import { AccountId, Timestamp } from '../../machines/values.ts';
import { defineEvent, defineRejection, type Emitted, type Json } from '../../src/define/index.ts';
import { Seat, ShowId } from './values.ts';

const ShowAnnounced = defineEvent({
  version: 2,
  schema: z.object({
    showId: ShowId,
    title: z.string(),
    capacity: z.int(),
    announcedAt: Timestamp,
  }),
  upcast: {
    // Version 1 knew one hall only, of 120 seats.
    1: (data: Json) => ({ ...z.record(z.string(), z.json()).parse(data), capacity: 120 }),
  },
});

const AnnouncementRefused = defineRejection({
  schema: z.object({
    title: z.string(),
    reason: z.enum(['Title already taken', 'Show already announced']),
  }),
});

const SeatReserved = defineEvent({
  schema: z.object({
    showId: ShowId,
    seat: Seat,
    guestId: AccountId,
    reservationId: z.string(),
    reservedAt: Timestamp,
  }),
});

const ReservationRefused = defineRejection({
  schema: z.object({
    showId: ShowId,
    seat: Seat,
    guestId: AccountId,
    reason: z.enum(['Show not found', 'Guest not found', 'Seat is taken', 'Show is full']),
  }),
});

const SeatReleased = defineEvent({
  schema: z.object({
    showId: ShowId,
    seat: Seat,
    guestId: AccountId,
    reservationId: z.string(),
    reason: z.string(),
  }),
});

const ShowCancelled = defineEvent({
  schema: z.object({ showId: ShowId, cancelledAt: Timestamp }),
});

export const events = {
  ShowAnnounced,
  AnnouncementRefused,
  SeatReserved,
  ReservationRefused,
  SeatReleased,
  ShowCancelled,
};

/** An event of a show, as the machine emits it. */
export type ShowEvent = Emitted<typeof events>;
