import { AssertionError } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { assign, createMachine } from 'xstate';
import { show } from '../../docs/show/aggregate.ts';
import { seatPayment } from '../../docs/show/seat-payment.ts';
import { blocking } from '../../machines/policies/blocking.ts';
import { followLimit } from '../../machines/policies/follow-limit.ts';
import { givenPolicy } from '../../src/testing/index.ts';

const reservation = {
  showId: 'hamlet',
  seat: 'A1',
  guestId: 'ada',
  reservationId: 'r1',
  reservedAt: '2026-01-01T00:00:00.000Z',
};
const { reservedAt: _, ...place } = reservation;
const released = { ...place, reason: 'guest_request' };
const guest = { username: 'ada', isActive: true, joinedAt: reservation.reservedAt };
const reserved = () => givenPolicy(seatPayment).on('SeatReserved', reservation);

describe('an instance', () => {
  test('waits for its timers, and takes each at its own time, whatever time goes by', () => {
    reserved()
      .expectState('held')
      .expectTimer('1 minute')
      .withFacts({ guest })
      .advance(59_999)
      .expectState('held')
      .advance(1)
      .expectState('charging')
      .expectEffects({ src: 'charge', input: { guestId: 'ada', reservationId: 'r1' } })
      .completes('charge', { receipt: 'paid' })
      .expectState('paid', { receipt: 'paid' })
      .expectTimer('14 days')
      .at('2028-01-01T00:00:00.000Z')
      .expectEnded()
      .expectCommands();
  });

  test('tries for years, a day at a time', () => {
    const paid = reserved().withFacts({ guest }).advance('1 minute').fails('charge');
    paid.expectCommands({
      command: 'ReleaseSeat',
      data: { seat: 'A1', reason: 'not_paid', reservationId: 'r1' },
    });
    paid.accepted().expectState('refunding').fails('refund');
    for (let day = 0; day < 2 * 365; day++) {
      paid.expectTimer('1 day').advance('1 day').expectState('refunding').fails('refund');
    }
    paid.advance('1 day').completes('refund').expectEnded().expectCommands();
    expect(paid.sent).toHaveLength(1);
  });

  test('drops what belongs to a state that it left', () => {
    reserved()
      .on('SeatReleased', released)
      .expectEnded()
      .expectTimer(null)
      .advance('1 year')
      .expectCommands();
    const charging = reserved().withFacts({ guest }).advance('1 minute');
    charging.on('SeatReleased', released).expectEffects({ src: 'refund' });
    expect(() => charging.completes('charge')).toThrow('does not run the effect charge');
  });

  test('answers go to the oldest command, or to the one that is named', () => {
    const data = { blockerId: 'ann', blockedId: 'bob', blockedAt: reservation.reservedAt };
    const block = () =>
      givenPolicy(blocking)
        .on('AccountBlocked', { ...data, wasAlreadyBlocked: false })
        .expectCommands(
          { data: { followerId: 'bob', followeeId: 'ann', reason: 'blocked_by_followee' } },
          { ref: 'blocker follows blocked' },
        );
    block().accepted().rejected('no').expectEnded();
    const one = block().failed('system_error', { ref: 'blocker follows blocked' });
    expect(() => one.accepted({ ref: 'blocker follows blocked' })).toThrow('waits for no answer');
    one.accepted().expectEnded();
  });

  test('knows what was recorded with an event', () => {
    const follow = {
      ...{ relationshipId: 'r', followerId: 'ann', followeeId: 'bob' },
      createdAt: reservation.reservedAt,
    };
    const with4999 = { facts: { followingBefore: 4_999 } };
    givenPolicy(followLimit).on('FollowCreated', follow, with4999).expectCommands().expectEnded();
    const with5000 = { facts: { followingBefore: 5_000 } };
    givenPolicy(followLimit)
      .on('FollowCreated', follow, with5000)
      .expectCommands({ command: 'RemoveFollower', data: { reason: 'follow_limit_exceeded' } });
  });

  test('finds facts by what it asks for', () => {
    reserved()
      .withFacts((wanted) => {
        expect(wanted).toMatchObject({ guest: { kind: 'view', id: 'ada' } });
        return { guest: null };
      })
      .advance('1 minute')
      .expectState('releasing');
  });

  test('parks what its state has no rule for', () => {
    reserved().parks('SeatReserved', reservation).expectState('held');
  });
});

describe('a test that is wrong fails, and says how', () => {
  test.each([
    ['a state', () => reserved().expectState('paid'), /seat-payment is in another state/],
    ['a state after the end', () => givenPolicy(seatPayment).expectState('held'), /in no state/],
    ['an end', () => reserved().expectEnded(), /has not ended: it is in "held"/],
    ['a command', () => reserved().expectCommands({ command: 'X' }), /sent other commands/],
    ['a timer', () => reserved().expectTimer('2 days'), /waits for another time/],
    ['an effect', () => reserved().expectEffects({ src: 'charge' }), /runs other effects/],
    [
      'an event that its state does not take',
      () => reserved().on('SeatReserved', reservation),
      /no rule for this SeatReserved in "held"/,
    ],
    [
      'to be parked what is taken',
      () => givenPolicy(seatPayment).parks('SeatReserved', reservation),
      /is taken, and not parked/,
    ],
  ])('where it expects %s', (_, run, message) => {
    expect(run).toThrow(AssertionError);
    expect(run).toThrow(message);
  });

  test('where what it tells could not be', () => {
    const other = { ...reservation, reservationId: 'r2' };
    expect(() => reserved().on('SeatReserved', other)).toThrow('belongs to another instance');
    expect(() => reserved().on('ShowCancelled', {})).toThrow('does not take ShowCancelled');
    expect(() => givenPolicy(seatPayment).on('SeatReserved', {})).toThrow();
    expect(() => reserved().advance('1 minute')).toThrow('looks at the fact guest (view)');
    expect(() => reserved().accepted()).toThrow('waits for no answer to a command');
    expect(() => reserved().at('2020-01-01')).toThrow('no time from now on');
    expect(() => reserved().advance('2 moons' as '2 years')).toThrow('is no duration');
  });
});

test('a machine that is not pure is found', () => {
  let count = 0;
  const machine = createMachine({
    context: { count: 0 },
    on: { SeatReleased: { actions: assign({ count: () => ++count }) } },
  });
  const { SeatReleased } = show.events;
  if (!SeatReleased) throw new Error('a seat can be released');
  const impure = { ...seatPayment, machine, on: { SeatReleased }, facts: () => ({}) };
  expect(() => givenPolicy(impure).on('SeatReleased', released)).toThrow(
    'the same message, on the same instance as it is stored, came to something else',
  );
});
