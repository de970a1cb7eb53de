/** The examples of docs/testing.md. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { show } from '../../docs/show/aggregate.ts';
import { seatPayment } from '../../docs/show/seat-payment.ts';
import { account } from '../../machines/account/aggregate.ts';
import { app } from '../../machines/index.ts';
import {
  coverApp,
  coverPolicy,
  createTestWorld,
  givenPolicy,
  httpSystem,
  invalid,
  noEffect,
  notPossible,
  rejected,
  replayPolicyPath,
  runPath,
  testKit,
} from '../../src/testing/index.ts';
import { startTestServer, type TestServer } from '../http/harness.ts';
import { showApp } from './show-app.ts';

const register = (accountId: string) => ({
  type: 'RegisterAccount',
  data: { accountId, username: accountId, email: `${accountId}@example.org` },
});
const announce = { type: 'AnnounceShow', data: { showId: 'hamlet', title: 'Hamlet', capacity: 1 } };
const reserve = (guestId: string, seat: string) => ({
  type: 'ReserveSeat',
  data: { showId: 'hamlet', seat, guestId },
});

describe('decisions', () => {
  const { given, when } = testKit([account, show]);

  test('a seat goes to one guest', () => {
    const house = given(register('ada'), register('bob'), announce);
    house.when(reserve('ada', 'A1')).then({ type: 'SeatReserved', data: { guestId: 'ada' } });
    house.given(reserve('ada', 'A1')).when(reserve('bob', 'A1')).then(rejected('Seat is taken'));
  });

  test('what a decision may come to', () => {
    const cancel = { type: 'CancelShow', data: { showId: 'hamlet' } };
    when(cancel).then(notPossible());
    given(announce, cancel).when(cancel).then(noEffect());
    when({ type: 'ReserveSeat', data: { showId: 'hamlet' } }).then(invalid('seat', 'guestId'));
    when(announce).then(({ events }) => expect(events).toHaveLength(1));
  });

  test('the actor afterwards', () => {
    given(register('ada'), announce)
      .when(reserve('ada', 'A1'))
      .then({ type: 'SeatReserved' })
      .state('open', { capacity: 1 })
      .collection('seats', ['A1'])
      .view({ isOpen: true });
  });

  test('facts that nobody brought about', () => {
    given(register('ada'), announce)
      .withFacts({ reserved: 1 })
      .when(reserve('ada', 'A1'))
      .then(rejected('Show is full'));
  });
});

describe('policies', () => {
  const reservation = {
    showId: 'hamlet',
    seat: 'A1',
    guestId: 'ada',
    reservationId: 'r1',
    reservedAt: '2026-01-01T00:00:00.000Z',
  };
  const guest = { username: 'ada', isActive: true, joinedAt: '2025-01-01T00:00:00.000Z' };

  test('a card that is declined gives the seat back, and a refund is tried for years', () => {
    const payment = givenPolicy(seatPayment)
      .on('SeatReserved', reservation)
      .withFacts({ guest })
      .advance('1 minute')
      .fails('charge')
      .expectCommands({ command: 'ReleaseSeat', data: { seat: 'A1', reason: 'not_paid' } })
      .accepted()
      .expectEffects({ src: 'refund', input: { guestId: 'ada', reservationId: 'r1' } });
    for (let day = 0; day < 2 * 365; day++) payment.fails('refund').advance('1 day');
    payment.completes('refund').expectEnded();
  });
});

test('a whole app, under simulated time', async () => {
  const world = await createTestWorld(showApp);
  await world.accept(register('ada'), announce, reserve('ada', 'A1'));
  await world.advance('1 minute');
  expect(await world.instances('seat-payment')).toMatchObject([{ value: 'paid' }]);
  await world.advance('14 days');
  expect(await world.instances('seat-payment')).toEqual([]);
  expect(await world.actor('show', 'hamlet')).toMatchObject({ value: 'open', version: 2 });
});

describe('every transition', () => {
  const { paths, coverage } = coverApp(showApp, {
    samples: [register('ann'), announce, reserve('ann', 'A1'), reserve('ann', 'A2')],
    names: ['ann', 'hamlet'],
  });

  test('is counted', () => {
    expect(coverage.table()).toContain('seat-payment');
    expect(() => coverage.mustBeComplete()).toThrow('show: cancelled is not covered');
  });

  test('of a policy is taken, whatever its facts find', () => {
    const { paths: ways, coverage: all } = coverPolicy(seatPayment, {
      outputs: { charge: { receipt: 'r-1' } },
    });
    all.mustBeComplete();
    for (const way of ways) replayPolicyPath(way, seatPayment);
  });

  test.each(paths.map((path, n) => [path.name, path, n] as const))('%s', async (_, path, n) => {
    const world = await createTestWorld(showApp);
    await runPath(path, world.asSystem(), `x${n}`);
  });
});

describe('over HTTP', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.engine.start();
  });
  afterAll(async () => {
    await server.close();
    await server.engine.drain();
  });

  const { paths } = coverApp(app, { statesMax: 1 });

  test.each(paths.map((path, n) => [path.name, path, n] as const))('%s', async (_, path, n) => {
    await runPath(path, httpSystem(server.url), `x${n}`);
  });
});
