import { describe, expect, test } from 'vitest';
import { cancel, enqueueActions, log, raise, sendTo, setup } from 'xstate';
import { send, sends } from '../../src/define/index.ts';
import { createPolicyDriver, MachineFault } from '../../src/engine/driver.ts';
import { charge, DAY_MS, done, driverOf, failed, go, options, self } from './policy-driver.ts';

describe('what a new instance asks for', () => {
  const machine = setup({
    actions: { send },
    actors: { charge },
    delays: { limit: 40 * DAY_MS },
  }).createMachine({
    id: 'order',
    initial: 'paying',
    entry: { type: 'send', params: { command: 'Begin', data: {} } },
    states: {
      paying: {
        invoke: {
          src: 'charge',
          input: { sum: 3 },
          onDone: 'paid',
          onError: { target: 'paying', reenter: true },
        },
        after: {
          limit: 'late',
          1000: { actions: { type: 'send', params: { command: 'Remind', data: {} } } },
        },
      },
      paid: { type: 'final' },
      late: {},
    },
  });
  const driver = createPolicyDriver(machine, options);
  const first = driver.initial();
  const restored = () => driver.restore(JSON.parse(driver.persist(first.state)));

  test('is what its first states ask for', () => {
    expect(first).toMatchObject({
      handled: true,
      done: false,
      sends: [{ command: 'Begin', data: {} }],
      timers: [
        { kind: 'set', id: 'xstate.after.1000.order.paying', delayMs: 1000 },
        {
          kind: 'set',
          id: 'xstate.after.limit.order.paying',
          delayMs: 40 * DAY_MS,
          event: { type: 'xstate.after.limit.order.paying' },
        },
      ],
      invoked: [{ id: '0.order.paying', src: 'charge', input: { sum: 3 } }],
      invokes: ['0.order.paying'],
    });
  });

  test('is asked for once: a restore runs nothing, and leaving works as if it had run on', () => {
    for (const state of [first.state, restored()]) {
      expect(driver.step(state, { type: 'xstate.after.limit.order.paying' })).toMatchObject({
        state: { value: 'late' },
        handled: true,
        timers: [
          { kind: 'cancel', id: 'xstate.after.1000.order.paying' },
          { kind: 'cancel', id: 'xstate.after.limit.order.paying' },
        ],
        invoked: [],
        invokes: [],
      });
    }
  });

  test('comes back as onDone and onError after a restore', () => {
    expect(driver.step(restored(), done('0.order.paying'))).toMatchObject({
      done: true,
      timers: [],
      invokes: [],
      state: { value: 'paid', status: 'done' },
    });
    const again = driver.step(restored(), failed('0.order.paying'));
    expect(again.invoked.map(({ id }) => id)).toEqual(['0.order.paying']);
  });

  test('holds no live actor, and no id that a process made up', () => {
    expect(first.state.children).toEqual({});
    expect(driver.persist(first.state)).toBe(
      '{"status":"active","value":"paying","historyValue":{},"context":{},"children":{}}',
    );
  });
});

describe('whether a message is handled', () => {
  const driver = driverOf(
    [],
    {},
    {
      on: {
        Never: {},
        Blocked: { guard: () => false, actions: 'noEffect' },
        Nothing: { actions: 'noEffect' },
        Logged: { actions: log('seen') },
        Stay: '.a',
        Raise: { actions: raise({ type: 'Unheard' }) },
        End: '.end',
      },
      initial: 'a',
      states: { a: {}, end: { type: 'final' } },
    },
  );
  const { state } = driver.initial();

  test.each([
    ['Unheard', false],
    ['Never', false],
    ['Blocked', false],
    ['Nothing', true],
    ['Logged', true],
    ['Stay', true],
    ['Raise', true],
  ])('%s: %s', (type, handled) => {
    const step = driver.step(state, { type });
    expect(step).toMatchObject({ handled, sends: [], timers: [], invoked: [] });
    expect(step.state.value).toBe('a');
  });

  test('by a transition that no event names', () => {
    const always = {
      guard: ({ event }: { event: { type: string } }) => event.type === 'Seen',
      actions: { type: 'send', params: { command: 'A', data: {} } },
    };
    const eventless = driverOf([], {}, { always });
    const step = eventless.step(eventless.initial().state, { type: 'Seen' });
    expect(step).toMatchObject({ handled: true, sends: [{ command: 'A' }] });
  });

  test('nothing is, once the machine has ended', () => {
    const end = driver.step(state, { type: 'End' });
    expect(end).toMatchObject({ handled: true, done: true });
    const after = driver.step(driver.restore(JSON.parse(driver.persist(end.state))), {
      type: 'Nothing',
    });
    expect(after).toMatchObject({ handled: false, done: true, invokes: [] });
  });
});

describe('commands', () => {
  test('come in the order in which they were sent, their data and ref with them', () => {
    const first = { command: 'A', data: { n: 1 }, ref: 'one' };
    const second = { command: 'B', data: [2] };
    expect(
      go(
        [
          { type: 'send', params: first },
          enqueueActions(({ enqueue }) => enqueue({ type: 'send', params: second } as never)),
          { type: 'send', params: () => first },
        ],
        { actions: { send: sends() as never } },
      ).sends,
    ).toEqual([first, second, first]);
  });

  test.each([
    ['without params', undefined, /send: it needs the params/],
    ['without a command', { data: {} }, /send: it needs the params/],
    ['without data', { command: 'A' }, /send of A: data: a undefined is not JSON/],
    ['with a date', { command: 'A', data: { at: new Date(0) } }, /data\.at: a Date is not JSON/],
    ['with a ref that is no text', { command: 'A', data: {}, ref: 1 }, /its ref is no text/],
  ])('%s are a fault', (_, params, problem) => {
    const step = () => go({ type: 'send', params });
    expect(step).toThrow(MachineFault);
    expect(step).toThrow(problem);
  });
});

describe('timers', () => {
  test('of delayed events without an id stand beside each other, also over a restore', () => {
    const driver = driverOf([
      raise({ type: 'X' }, { delay: 5 }),
      raise({ type: 'X' }, { delay: 5 }),
    ]);
    const first = driver.step(driver.initial().state, { type: 'Go' });
    const restored = driver.restore(JSON.parse(driver.persist(first.state)));
    const second = driver.step(restored, { type: 'Go' });
    const ids = [...first.timers, ...second.timers].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  test('have whole milliseconds, and what was due before is due now', () => {
    const step = go([
      raise({ type: 'X' }, { id: 'a', delay: () => 0.5 }),
      raise({ type: 'X' }, { id: 'b', delay: () => -20 }),
      cancel('c'),
      sendTo(self, { type: 'Y' }, { id: 'd', delay: 3 }),
    ]);
    expect(step.timers).toEqual([
      { kind: 'set', id: 'a', delayMs: 1, event: { type: 'X' } },
      { kind: 'set', id: 'b', delayMs: 0, event: { type: 'X' } },
      { kind: 'cancel', id: 'c' },
      { kind: 'set', id: 'd', delayMs: 3, event: { type: 'Y' } },
    ]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 101 * 366 * DAY_MS])(
    'cannot be due in %d ms',
    (delay) => expect(() => go(raise({ type: 'X' }, { delay: () => delay }))).toThrow(/no delay/),
  );

  test('carry JSON', () => {
    const event = { type: 'X', at: new Date(0) };
    expect(() => go(raise(event as never, { delay: 5 }))).toThrow(/delayed X\.at: a Date/);
  });

  test('of an after without an implementation are a fault, where XState would go on at once', () => {
    const config = { initial: 'a', states: { a: { after: { soon: 'b' } }, b: {} } };
    expect(() => driverOf([], {}, config)).toThrow(/xstate\.after\.soon\.m\.a: the delay is not/);
  });
});

test('what a history state remembers comes back with a restore', () => {
  const off = { on: { Back: 'on.h' } };
  const on = {
    on: { Off: 'off' },
    initial: 'low',
    states: { low: { on: { Up: 'high' } }, high: {}, h: { type: 'history' } },
  };
  const driver = driverOf([], {}, { initial: 'on', states: { on, off } });
  let { state } = driver.initial();
  for (const type of ['Up', 'Off', 'Back']) {
    state = driver.restore(JSON.parse(driver.persist(driver.step(state, { type }).state)));
  }
  expect(state.value).toEqual({ on: 'high' });
});
