import { AssertionError } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { createMachine, emit } from 'xstate';
import { show } from '../../docs/show/aggregate.ts';
import { account } from '../../machines/account/aggregate.ts';
import {
  type CommandBody,
  invalid,
  noEffect,
  notPossible,
  rejected,
  testKit,
} from '../../src/testing/index.ts';

const { given, when } = testKit([account, show]);

const registered = (accountId: string): CommandBody => ({
  type: 'RegisterAccount',
  data: { accountId, username: accountId, email: `${accountId}@example.org` },
});
const announced = {
  type: 'AnnounceShow',
  data: { showId: 'hamlet', title: 'Hamlet', capacity: 2 },
};
const reserve = (guestId: string, seat: string): CommandBody => ({
  type: 'ReserveSeat',
  data: { showId: 'hamlet', seat, guestId },
});
const cancel = { type: 'CancelShow', data: { showId: 'hamlet' } };
const house = given(registered('ada'), registered('bob'), announced);

/** What is thrown, as text. */
function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error('nothing was thrown');
}

describe('what was given decides', () => {
  test('facts about other actors come of their own commands', () => {
    house.when(reserve('ada', 'A1')).then({ type: 'SeatReserved', data: { guestId: 'ada' } });
    house.when(reserve('eve', 'A1')).then(rejected('Guest not found'));
    house
      .given({ type: 'DeactivateAccount', data: { accountId: 'ada' } })
      .when(reserve('ada', 'A1'))
      .then(rejected('Guest not found', { type: 'ReservationRefused', data: { seat: 'A1' } }));
  });

  test('collections grow with what was given, by commands and by events', () => {
    const taken = house.given(reserve('ada', 'A1'));
    taken.when(reserve('bob', 'A1')).then(rejected('Seat is taken'));
    taken.when(reserve('ada', 'A1')).then(noEffect());
    const full = taken.given({
      type: 'SeatReserved',
      actor: 'hamlet',
      data: {
        showId: 'hamlet',
        seat: 'A2',
        guestId: 'eve',
        reservationId: 'r',
        reservedAt: '2025-12-01T00:00:00.000Z',
      },
    });
    full.when(reserve('bob', 'A3')).then(rejected('Show is full'));
  });

  test('claims are held by those who were given, until they let go', () => {
    const again = { type: 'AnnounceShow', data: { title: 'HAMLET', capacity: 9 } };
    house.when(again).then(rejected('Title already taken'));
    house
      .given(cancel)
      .when(again)
      .then({ type: 'ShowAnnounced', data: { title: 'HAMLET' } });
    when(announced).then({ type: 'ShowAnnounced' });
    given().withClaims({ title: 'taken' }).when(announced).then(rejected('Title already taken'));
  });

  test('facts may be said outright', () => {
    house.withFacts({ reserved: 2 }).when(reserve('ada', 'A1')).then(rejected('Show is full'));
    expect(() => house.withFacts({ free: 2 }).when(reserve('ada', 'A1')).then()).toThrow(
      'ReserveSeat asks for no fact free; its facts: guest, reservation, reserved',
    );
    expect(() => house.withFacts({ guest: new Map() }).when(reserve('ada', 'A1')).then()).toThrow(
      'the fact guest: a Map is not JSON',
    );
  });

  test('a policy may send what a client may not', () => {
    const release = {
      type: 'ReleaseSeat',
      data: { showId: 'hamlet', seat: 'A1', reason: 'not_paid' },
    };
    const reserved = house.given(reserve('ada', 'A1'));
    reserved.when(release).then(invalid('reason'));
    reserved
      .byPolicy()
      .when(release)
      .then({ type: 'SeatReleased', data: { reason: 'not_paid' } });
  });

  test('the actor can be looked at afterwards', () => {
    house
      .at('2030-05-01T12:00:00.000Z')
      .when(reserve('ada', 'A1'))
      .then({ type: 'SeatReserved', data: { reservedAt: '2030-05-01T12:00:00.000Z' } })
      .state('open', { title: 'Hamlet' })
      .collection('seats', ['A1'])
      .collection('seats', [{ value: { guestId: 'ada' } }])
      .view({ isOpen: true, capacity: 2 });
    house.when(cancel).then({ type: 'ShowCancelled' }).state('cancelled').view({ isOpen: false });
    when(cancel).then(notPossible()).view(null);
  });

  test('ids are the same whenever a test is run, and new in each command', () => {
    const data = { title: 'Lear', capacity: 1 };
    const ids = [1, 2].map(() => {
      let found: unknown;
      when({ type: 'AnnounceShow', data }).then(({ events }) => {
        found = events[0]?.data;
      });
      return found;
    });
    expect(ids[0]).toEqual(ids[1]);
    expect(ids[0]).toMatchObject({ showId: expect.stringMatching(/^minted-/) });
  });
});

describe('a test that is wrong fails, and says how', () => {
  test.each([
    [
      'another event',
      () => house.when(reserve('ada', 'A1')).then({ type: 'SeatReleased' }),
      /ReserveSeat came to SeatReserved[\s\S]*\+ .*SeatReserved[\s\S]*- .*SeatReleased/,
    ],
    [
      'other data',
      () => house.when(reserve('ada', 'A1')).then({ type: 'SeatReserved', data: { seat: 'B2' } }),
      /\+ .*A1[\s\S]*- .*B2/,
    ],
    ['no event', () => house.when(reserve('ada', 'A1')).then(), /came to SeatReserved/],
    [
      'a refusal that does not come',
      () => house.when(reserve('ada', 'A1')).then(rejected('Seat is taken')),
      /came to SeatReserved[\s\S]*- .*rejected/,
    ],
    [
      'an event where there is no effect',
      () => house.given(reserve('ada', 'A1')).when(reserve('ada', 'A1')).then(),
      /came to no effect[\s\S]*noEffect\(\)/,
    ],
    [
      'another state',
      () => house.when(cancel).then({ type: 'ShowCancelled' }).state('open'),
      /show hamlet is in another state/,
    ],
    [
      'another entry',
      () => house.when(reserve('ada', 'A1')).then({ type: 'SeatReserved' }).collection('seats', []),
      /show hamlet has other entries in seats/,
    ],
    [
      'a body that breaks its schema',
      () => house.when(reserve('not an id', 'A1')).then({ type: 'SeatReserved' }),
      /a body that breaks its schema:\n {2}guestId: /,
    ],
  ])('where it expects %s', (_, run, message) => {
    expect(run).toThrow(AssertionError);
    expect(failureOf(run)).toMatch(message);
  });

  test('where what it gives could not have come about', () => {
    expect(() => given(announced, announced)).toThrow(
      'given AnnounceShow: it was refused: Show already announced',
    );
    expect(() => given({ type: 'ShowCancelled', actor: 'hamlet', data: {} })).toThrow(
      'no collection follows from it',
    );
    expect(() => given({ type: 'Unheard', actor: 'hamlet', data: {} })).toThrow('no aggregate has');
    expect(() => given({ type: 'Unheard', data: {} })).toThrow('is no command of this app');
  });

  test('where it is awaited in the place of then', async () => {
    const forgotten: unknown = house.when(cancel);
    await expect(Promise.resolve(forgotten)).rejects.toThrow('end it with then(…)');
  });
});

test('a machine that is not pure is found', () => {
  let count = 0;
  const actions = emit(() => ({
    type: 'ShowCancelled',
    data: { showId: `n${count++}`, cancelledAt: '2026-01-01T00:00:00.000Z' },
  }));
  const machine = createMachine({ on: { CancelShow: { actions } } });
  const { CancelShow } = show.commands;
  if (!CancelShow) throw new Error('a show can be cancelled');
  const commands = { CancelShow };
  const impure = { ...show, machine, commands, claims: {}, view: null };
  const kit = testKit([impure]);
  expect(() => kit.when(cancel).then()).toThrow(
    /show: CancelShow came to something else when it was repeated/,
  );
});
