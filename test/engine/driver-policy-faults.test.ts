import { describe, expect, test, vi } from 'vitest';
import { assign, emit, fromPromise, sendTo, spawnChild } from 'xstate';
import { MachineFault } from '../../src/engine/driver.ts';
import { charge, done, driverOf, failed, go, self } from './policy-driver.ts';

describe('invokes', () => {
  const invoking =
    (invoke: object, actors: object = { charge }) =>
    () =>
      driverOf([], { actors } as never, { invoke });

  test.each([
    ['an effect without a name', { src: charge }, {}, /declare/],
    [
      'a promise that is no effect',
      { src: 'pay' },
      { pay: fromPromise(async () => 1) },
      /pay is no/,
    ],
    [
      'an effect with an input that is not JSON',
      { src: 'charge', input: { n: 1n } },
      { charge },
      /\.n: a bigint/,
    ],
  ])('of %s are a fault', (_, invoke, actors, problem) => {
    expect(invoking(invoke, actors)).toThrow(MachineFault);
    expect(invoking(invoke, actors)).toThrow(problem);
  });

  test('of an effect that is not there are a fault', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(invoking({ src: 'gone' })).toThrow(/gone is no effect/);
    warn.mockRestore();
  });

  test('that were left within the same step never began', () => {
    const driver = driverOf(
      [],
      { actors: { charge } },
      {
        initial: 'a',
        states: {
          a: { on: { In: 'b' } },
          b: { invoke: { src: 'charge' }, always: 'c' },
          c: { invoke: { src: 'charge' }, on: { In: 'b' } },
        },
      },
    );
    const step = driver.step(driver.initial().state, { type: 'In' });
    expect(step.invoked.map(({ id }) => id)).toEqual(['0.m.c']);
    // By way of b into c once more: a new visit.
    const again = driver.step(step.state, { type: 'In' });
    expect(again.invoked.map(({ id }) => id)).toEqual(['0.m.c']);
  });

  test('whose failure no state takes are a fault, with the failure as its cause', () => {
    const driver = driverOf([], { actors: { charge } }, { invoke: { src: 'charge', id: 'pay' } });
    const step = () => driver.step(driver.initial().state, failed('pay'));
    expect(step).toThrow(MachineFault);
    expect(step).toThrow(expect.objectContaining({ cause: { message: 'no money' } }));
    expect(driver.step(driver.initial().state, done('pay')).handled).toBe(false);
  });
});

describe('what a policy cannot do is a fault', () => {
  test.each([
    ['emit', emit({ type: 'X' }), /xstate\.emit has no meaning in a policy/],
    ['sendTo', sendTo('other', { type: 'X' }), /Unable to send event to actor 'other'/],
    ['sendTo to itself at once', sendTo(self, { type: 'X' }), /xstate\.sendTo has no meaning/],
    ['code of its own', () => {}, /has no meaning/],
    ['spawnChild', spawnChild('charge', { id: 'x' }), /a policy can invoke an effect, and spawn/],
    ['spawn', assign(({ spawn }) => ({ ref: spawn('charge', { id: 'x' }) })), /it spawns x/],
    ['a mutation', assign(({ context }) => ({ list: context.list.reverse() })), TypeError],
  ])('%s', (_, action, problem) => {
    expect(() => go(action, { actors: { charge } })).toThrow(problem);
  });

  test('a loop, a throwing context, another machine’s state', () => {
    const loop = { initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } };
    expect(() => driverOf([], {}, loop)).toThrow(/Infinite loop/);
    const context = () => {
      throw new Error('no input');
    };
    expect(() => driverOf([], {}, { context })).toThrow('no input');
    const driver = driverOf([]);
    expect(() => driver.step(driverOf([]).initial().state, { type: 'Go' })).toThrow(
      /made by another machine/,
    );
  });
});

test('a context is kept as it is, also where it looks like something of XState’s own', () => {
  const odd = { actor: { xstate$$type: 1, id: 'x' }, ref: { sessionId: 1, send: 2, ref: 3 } };
  const driver = driverOf(assign({ odd: () => odd }));
  const { state } = driver.step(driver.initial().state, { type: 'Go' });
  expect(driver.restore(JSON.parse(driver.persist(state))).context).toEqual({ list: [1, 2], odd });
});
