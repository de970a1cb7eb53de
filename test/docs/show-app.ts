/** The guide's example, put together as `machines/index.ts` would with it. */
import { show } from '../../docs/show/aggregate.ts';
import { getShow } from '../../docs/show/get-show.ts';
import { type Payments, payments } from '../../docs/show/payments.ts';
import { listReservations, reservations } from '../../docs/show/reservations.ts';
import { seatPaymentWith } from '../../docs/show/seat-payment.ts';
import { account } from '../../machines/account/aggregate.ts';
import { defineApp } from '../../src/define/index.ts';

/** @param provider who is asked for money */
export const showAppWith = (provider: Payments) =>
  defineApp({
    aggregates: [account, show],
    policies: [seatPaymentWith(provider)],
    projections: [reservations],
    queries: [getShow, listReservations],
  });

export const showApp = showAppWith(payments);
