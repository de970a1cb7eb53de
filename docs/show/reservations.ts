import { z } from 'zod';
import { accountView } from '../../machines/account/collections.ts';
import { AccountId, Timestamp } from '../../machines/values.ts';
import {
  defineProjection,
  defineQuery,
  defineReadModel,
  put,
  remove,
  view,
} from '../../src/define/index.ts';
import { events } from './events.ts';
import { Seat, ShowId } from './values.ts';

const place = z.object({ showId: ShowId, seat: Seat });

/** The reservations of an account, by their ids. */
export const reservationsModel = defineReadModel('reservations', place);

export const reservations = defineProjection({
  name: 'reservations',
  model: reservationsModel,
  on: { SeatReserved: events.SeatReserved, SeatReleased: events.SeatReleased },
  folds: {
    SeatReserved: ({ guestId, reservationId, reservedAt, showId, seat }) => [
      { owner: guestId, change: put(reservationId, reservedAt, { showId, seat }) },
    ],
    SeatReleased: ({ guestId, reservationId }) => [
      { owner: guestId, change: remove(reservationId) },
    ],
  },
});

export const listReservations = defineQuery({
  name: 'listReservations',
  summary: 'The seats that an account has reserved, newest first.',
  route: '/v1/accounts/{id}/reservations',
  params: z.strictObject({ id: AccountId }),
  search: z.strictObject({ cursor: z.string().min(1).max(512).optional() }),
  result: z.object({
    items: z.array(place.extend({ since: Timestamp })),
    nextCursor: z.string().optional(),
  }),
  run: async ({ params: { id }, search: { cursor = null } }, reader) => {
    const [{ guest }, page] = await Promise.all([
      reader.facts({ guest: view(accountView, id) }),
      reader.page(reservationsModel, id, { limit: 50, cursor }),
    ]);
    if (guest === null) return null;
    const items = page.items.map(({ since, value }) => ({ ...value, since }));
    return { items, ...(page.next !== null && { nextCursor: page.next }) };
  },
});
