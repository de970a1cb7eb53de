import { z } from 'zod';
import { accountView } from '../../machines/account/collections.ts';
import { AccountId } from '../../machines/values.ts';
import { defineCommand, entry, type Messages, size, view } from '../../src/define/index.ts';
import { seats } from './collections.ts';
import { Seat, ShowId } from './values.ts';

const AnnounceShow = defineCommand({
  summary: 'Announces a show under a title that no other show has.',
  schema: z.strictObject({
    showId: ShowId.optional(),
    title: z.string().min(1).max(100),
    capacity: z.int().min(1).max(2_000),
  }),
  complete: (parsed, newId) => ({ ...parsed, showId: parsed.showId ?? ShowId.parse(newId()) }),
  target: (data) => data.showId,
  claims: (data) => ({ title: data.title }),
});

const ReserveSeat = defineCommand({
  summary: 'Reserves a seat for an account.',
  schema: z.strictObject({ showId: ShowId, seat: Seat, guestId: AccountId }),
  target: (data) => data.showId,
  facts: (data) => ({
    guest: view(accountView, data.guestId),
    reservation: entry(seats, data.showId, data.seat),
    reserved: size(seats, data.showId),
  }),
});

const ReleaseSeat = defineCommand({
  summary: 'Gives a seat back.',
  schema: z.strictObject({
    showId: ShowId,
    seat: Seat,
    reason: z.enum(['guest_request', 'not_paid']).default('guest_request'),
    /** The reservation that is meant; without it, whichever there is. */
    reservationId: z.string().optional(),
  }),
  clientSchema: z.strictObject({
    showId: ShowId,
    seat: Seat,
    reason: z.enum(['guest_request']).default('guest_request'),
  }),
  target: (data) => data.showId,
  facts: (data) => ({ reservation: entry(seats, data.showId, data.seat) }),
});

const CancelShow = defineCommand({
  summary: 'Cancels a show. Its title is free again.',
  schema: z.strictObject({ showId: ShowId }),
  target: (data) => data.showId,
});

export const commands = { AnnounceShow, ReserveSeat, ReleaseSeat, CancelShow };

/** A command of a show, as the machine sees it. */
export type ShowCommand = Messages<typeof commands>;
