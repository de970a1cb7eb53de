import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { show } from '../../docs/show/aggregate.ts';
import { getShow } from '../../docs/show/get-show.ts';
import { account } from '../../machines/account/aggregate.ts';
import { defineApp, noEffect } from '../../src/define/index.ts';
import type { Store } from '../../src/engine/store.ts';
import { openApiDocument } from '../../src/http/openapi/document.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { eventsOf, mustAccept, send, startNode, word } from '../support/node.ts';
import { showApp } from './show-app.ts';

/** A node with two accounts and a show of two seats. */
async function withShow(store: Store = createMemoryStore()) {
  const { engine } = startNode(store, { app: showApp });
  for (const accountId of ['ada', 'bob']) {
    const email = `${accountId}@example.org`;
    await mustAccept(engine, 'RegisterAccount', { accountId, username: accountId, email });
  }
  await mustAccept(engine, 'AnnounceShow', { showId: 'hamlet', title: 'Hamlet', capacity: 2 });
  return engine;
}

const seat = (guestId: string, at: string) => ({ showId: 'hamlet', seat: at, guestId });

test('seats are reserved and given back, each to one account', async () => {
  const engine = await withShow();
  const reserve = async (guestId: string, at: string) =>
    word(await send(engine, 'ReserveSeat', seat(guestId, at)));

  expect(await reserve('ada', 'A1')).toBe('accepted');
  expect(await reserve('bob', 'A1')).toBe('Seat is taken');
  expect(await reserve('eve', 'A2')).toBe('Guest not found');
  expect(await reserve('bob', 'A2')).toBe('accepted');
  expect(await reserve('ada', 'A3')).toBe('Show is full');
  await mustAccept(engine, 'ReleaseSeat', { showId: 'hamlet', seat: 'A2' });
  expect(await reserve('ada', 'A3')).toBe('accepted');
  expect((await eventsOf(engine, 'hamlet', 'show')).map(({ type }) => type)).toEqual([
    'ShowAnnounced',
    'SeatReserved',
    ...['ReservationRefused', 'ReservationRefused'],
    'SeatReserved',
    'ReservationRefused',
    'SeatReleased',
    'SeatReserved',
  ]);
});

test('commands that come together see what the one before did', async () => {
  const engine = await withShow();
  const outcomes = ['A1', 'A1', 'A2', 'A3'].map((at, n) =>
    send(engine, 'ReserveSeat', seat(n === 1 ? 'bob' : 'ada', at)),
  );
  expect((await Promise.all(outcomes)).map(word)).toEqual([
    'accepted',
    'Seat is taken',
    'accepted',
    'Show is full',
  ]);
});

test('the same seat again has no effect, and what a state does not handle is refused', async () => {
  const engine = await withShow();
  await mustAccept(engine, 'ReserveSeat', seat('ada', 'A1'));
  expect(await send(engine, 'ReserveSeat', seat('ada', 'A1'))).toMatchObject({
    status: 'accepted',
    actor: { version: 2 },
    events: [],
  });
  await mustAccept(engine, 'CancelShow', { showId: 'hamlet' });
  expect(await send(engine, 'ReserveSeat', seat('bob', 'A2'))).toMatchObject({
    status: 'rejected',
    reason: 'Not possible in this state',
    events: [],
  });
});

test('a title is one show’s until it is cancelled, in any spelling', async () => {
  const engine = await withShow();
  const announce = async () =>
    word(await send(engine, 'AnnounceShow', { title: 'HAMLET', capacity: 9 }));
  expect(await announce()).toBe('Title already taken');
  await mustAccept(engine, 'CancelShow', { showId: 'hamlet' });
  expect(await announce()).toBe('accepted');
});

test('a client may not say what only a policy may', async () => {
  const engine = await withShow();
  const body = { showId: 'hamlet', seat: 'A1', reason: 'not_paid' };
  expect(engine.validate('ReleaseSeat', body).ok).toBe(false);
  expect(engine.validate('ReleaseSeat', { ...body, reason: 'guest_request' }).ok).toBe(true);
});

test('it can be asked for, and stands in the contract', async () => {
  const engine = await withShow();
  await mustAccept(engine, 'ReserveSeat', seat('ada', 'A1'));
  const ask = (id: string) => engine.query(getShow, { params: { id }, search: {} });
  expect(await ask('hamlet')).toEqual({ title: 'Hamlet', capacity: 2, isOpen: true, reserved: 1 });
  expect(await ask('macbeth')).toBeNull();
  const document = openApiDocument(showApp, true);
  for (const path of ['/v1/commands/ReserveSeat', '/v1/shows/{id}'])
    expect(document).toContain(path);
});

test.each([
  ['a state that is gone', { ...show, machine: renamed() }],
  ['another version of the aggregate', { ...show, version: 2 }],
])('%s leaves the actors in it unreadable, and changes nothing', async (_, changed) => {
  const store = createMemoryStore();
  const engine = await withShow(store);
  const later = startNode(store, { app: defineApp({ aggregates: [account, changed] }) });
  const cancel = { showId: 'hamlet' };
  expect(word(await send(later.engine, 'CancelShow', cancel))).toBe('system_error');
  expect(later.log.errors).toHaveLength(1);
  await mustAccept(engine, 'CancelShow', cancel);
});

/** A machine that takes the show's commands in a state of another name. */
function renamed() {
  const on = Object.fromEntries(
    Object.keys(show.commands).map((name) => [name, { actions: 'noEffect' }]),
  );
  const context = { title: null, capacity: 0 };
  return createMachine(
    { context, initial: 'onSale', states: { onSale: { on } } },
    { actions: { noEffect } },
  );
}
