import { expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { commands } from '../../docs/show/commands.ts';
import type { Payment, Payments } from '../../docs/show/payments.ts';
import { listReservations } from '../../docs/show/reservations.ts';
import { seatPayment } from '../../docs/show/seat-payment.ts';
import { eventsOf } from '../support/node.ts';
import { SimulatedNodes } from '../support/simulated-nodes.ts';
import { showAppWith } from './show-app.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A provider that remembers what it was asked; `charge` may fail so many times. */
function bank(failures = 0) {
  const asked: { what: string; payment: Payment; key: string }[] = [];
  let left = failures;
  const provider: Payments = {
    charge: async ({ input, idempotencyKey: key }) => {
      asked.push({ what: 'charge', payment: input, key });
      if (left-- > 0) throw new Error('The card was declined');
      return { receipt: key };
    },
    refund: async ({ input, idempotencyKey: key }) => {
      asked.push({ what: 'refund', payment: input, key });
      return null;
    },
  };
  return { provider, asked, words: () => asked.map(({ what }) => what) };
}

/** A theatre with a show, a guest, and a reservation of seat A1. */
async function theatre(failures = 0) {
  const nodes = new SimulatedNodes();
  const { provider, ...rest } = bank(failures);
  const app = showAppWith(provider);
  const node = await nodes.start(app);
  const accept = async (type: string, body: object) =>
    expect(await nodes.send(node, type, body)).toMatchObject({ status: 'accepted' });
  await accept('RegisterAccount', { accountId: 'ada', username: 'ada', email: 'ada@example.org' });
  await accept('AnnounceShow', { showId: 'hamlet', title: 'Hamlet', capacity: 2 });
  await accept('ReserveSeat', { showId: 'hamlet', seat: 'A1', guestId: 'ada' });
  await nodes.untilIdle(node);
  return {
    ...{ nodes, node, app, accept, ...rest },
    idle: () => nodes.untilIdle(node),
    stands: async () =>
      (await node.engine.instances('seat-payment', { limit: 10, cursor: null }))?.items.map(
        ({ value }) => value,
      ),
    trail: async () =>
      (await eventsOf(node.engine, 'hamlet', 'show'))
        .slice(1)
        .map(({ type, data }) =>
          data !== null && typeof data === 'object' && 'reason' in data
            ? `${type}: ${data.reason}`
            : type,
        ),
    reserved: () => node.engine.query(listReservations, { params: { id: 'ada' }, search: {} }),
  };
}

test('a seat is charged when its minute is over, and then is final after 14 days', async () => {
  const { nodes, words, stands, idle, reserved } = await theatre();
  expect(await stands()).toEqual(['held']);
  expect(await reserved()).toMatchObject({ items: [{ showId: 'hamlet', seat: 'A1' }] });
  await nodes.time.jump(MINUTE_MS - 1);
  await idle();
  expect(words()).toEqual([]);
  await nodes.time.advance(1);
  await idle();
  expect(words()).toEqual(['charge']);
  expect(await stands()).toEqual(['paid']);
  await nodes.time.jump(14 * DAY_MS);
  await idle();
  expect(await stands()).toEqual([]);
});

test('a card that is declined at every try gives the seat back', async () => {
  const { nodes, asked, words, stands, trail, idle, reserved } = await theatre(3);
  await nodes.time.jump(MINUTE_MS);
  await idle();
  expect(words()).toEqual(['charge', 'charge', 'charge', 'refund']);
  expect(new Set(asked.slice(0, 3).map(({ key }) => key)).size).toBe(1);
  expect(await trail()).toEqual(['SeatReserved', 'SeatReleased: not_paid']);
  expect(await reserved()).toEqual({ items: [] });
  expect(await stands()).toEqual([]);
});

test('a guest who gives the seat back in time is not charged, and a later one is refunded', async () => {
  const { nodes, accept, words, stands, idle } = await theatre();
  await accept('ReleaseSeat', { showId: 'hamlet', seat: 'A1' });
  await idle();
  await nodes.time.jump(DAY_MS);
  await idle();
  expect(words()).toEqual([]);
  await accept('ReserveSeat', { showId: 'hamlet', seat: 'A1', guestId: 'ada' });
  await idle();
  await nodes.time.jump(MINUTE_MS);
  await idle();
  await accept('ReleaseSeat', { showId: 'hamlet', seat: 'A1' });
  await idle();
  expect(words()).toEqual(['charge', 'refund']);
  expect(await stands()).toEqual([]);
});

test('a guest who is gone when the minute is over is not charged', async () => {
  const { nodes, accept, words, trail, idle } = await theatre();
  await accept('DeactivateAccount', { accountId: 'ada' });
  await nodes.time.jump(MINUTE_MS);
  await idle();
  expect(words()).toEqual(['refund']);
  expect(await trail()).toEqual(['SeatReserved', 'SeatReleased: not_paid']);
});

test('what falls due while no node runs is done by the next one', async () => {
  const { nodes, node, app, words } = await theatre();
  await node.stop();
  await nodes.time.jump(DAY_MS);
  const next = await nodes.start(app);
  await nodes.untilIdle(next);
  expect(words()).toEqual(['charge']);
});

test('a late release takes no later reservation of the seat', async () => {
  const { nodes, node, trail } = await theatre();
  const body = { showId: 'hamlet', seat: 'A1', reservationId: 'an earlier one' };
  const parsed = commands.ReleaseSeat.schema.parse(body);
  const command = { type: 'ReleaseSeat', parsed, body };
  expect(await nodes.run(node.engine.submit(command, { principal: 'policy' }))).toMatchObject({
    status: 'accepted',
    events: [],
  });
  expect(await trail()).toEqual(['SeatReserved']);
});

test('its machine alone gives the seat of a guest who is gone back', () => {
  const { machine } = seatPayment;
  const data = { showId: 'hamlet', seat: 'A1', guestId: 'ada', reservationId: 'r1' };
  const [first] = initialTransition(machine);
  const [held, waits] = transition(machine, first, { type: 'SeatReserved', data, facts: {} });
  expect(held.value).toBe('held');
  expect(waits).toMatchObject([{ type: 'xstate.raise', params: { delay: 60_000 } }]);

  const minuteIsOver = { type: 'xstate.after.mindMayChange.seat-payment.held' };
  const [releasing, sent] = transition(machine, held, { ...minuteIsOver, facts: { guest: null } });
  expect(releasing.value).toBe('releasing');
  expect(sent).toContainEqual(
    expect.objectContaining({
      type: 'send',
      params: {
        command: 'ReleaseSeat',
        data: { showId: 'hamlet', seat: 'A1', reservationId: 'r1', reason: 'not_paid' },
      },
    }),
  );
});
