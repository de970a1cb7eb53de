import { expect, test } from 'vitest';
import { listReservations } from '../../docs/show/reservations.ts';
import { createTestWorld } from '../../src/testing/index.ts';
import { showAppWith } from '../docs/show-app.ts';

const registered = {
  type: 'RegisterAccount',
  data: { accountId: 'ada', username: 'ada', email: 'ada@example.org' },
};
const announced = {
  type: 'AnnounceShow',
  data: { showId: 'hamlet', title: 'Hamlet', capacity: 2 },
};
const reserved = { type: 'ReserveSeat', data: { showId: 'hamlet', seat: 'A1', guestId: 'ada' } };

/** A theatre whose bank takes every card until a day, and gives money back from another on. */
async function theatre({ takesCards = true, refundsAfter = 0 } = {}) {
  const asked: string[] = [];
  const app = showAppWith({
    charge: async ({ idempotencyKey }) => {
      asked.push('charge');
      if (!takesCards) throw new Error('The card was declined');
      return { receipt: idempotencyKey };
    },
    refund: async () => {
      asked.push('refund');
      if (asked.length <= refundsAfter) throw new Error('The bank is closed');
      return null;
    },
  });
  const world = await createTestWorld(app, { start: '2030-01-01T00:00:00.000Z' });
  await world.accept(registered, announced, reserved);
  await world.settle();
  return { world, asked };
}

test('policies act in their time, and years go by in a moment', async () => {
  const { world, asked } = await theatre();
  expect(await world.instances('seat-payment')).toMatchObject([{ value: 'held' }]);
  await world.advance('59 seconds');
  expect(asked).toEqual([]);
  await world.advance('1 second');
  expect(asked).toEqual(['charge']);
  expect(await world.instances('seat-payment')).toMatchObject([{ value: 'paid' }]);
  await world.at('2032-06-01T00:00:00.000Z');
  expect(world.now).toMatch(/^2032-06-01T00:00:0/);
  expect(await world.instances('seat-payment')).toEqual([]);
  expect(asked).toEqual(['charge']);
});

test('each timer fires at its own time, however much time is let go by at once', async () => {
  // Three tries a charge, and three a refund, day after day.
  const { world, asked } = await theatre({ takesCards: false, refundsAfter: 120 });
  await world.advance('60 days');
  const refunds = asked.filter((each) => each === 'refund').length;
  expect(refunds).toBe(118);
  expect(await world.instances('seat-payment')).toEqual([]);
});

test('actors, trails and queries can be looked at', async () => {
  const { world } = await theatre();
  expect(await world.actor('show', 'hamlet')).toMatchObject({
    value: 'open',
    context: { title: 'Hamlet' },
    version: 2,
  });
  expect(await world.actor('show', 'macbeth')).toBeNull();
  const trail = await world.events({ type: 'show', id: 'hamlet' });
  expect(trail.map(({ type }) => type)).toEqual(['ShowAnnounced', 'SeatReserved']);
  expect(await world.query(listReservations, { params: { id: 'ada' } })).toMatchObject({
    items: [{ showId: 'hamlet', seat: 'A1' }],
  });
  expect(world.errors).toEqual([]);
});

test('a command that is not accepted ends a test that counted on it', async () => {
  const { world } = await theatre();
  await expect(world.accept(announced)).rejects.toThrow(
    'AnnounceShow was rejected: Show already announced',
  );
  await expect(world.accept({ type: 'CancelShow', data: {} })).rejects.toThrow(
    /CancelShow breaks its schema:\n {2}showId: /,
  );
  expect(await world.send('AnnounceShow', announced.data)).toMatchObject({ status: 'rejected' });
});

test('the same seed repeats a run', async () => {
  const ids = await Promise.all(
    [7, 7].map(async (seed) => {
      const world = await createTestWorld(showAppWith({} as never), { seed });
      const outcome = await world.send('AnnounceShow', { title: 'Lear', capacity: 1 });
      await world.stop();
      return outcome.commandId;
    }),
  );
  expect(ids[0]).toBe(ids[1]);
});
