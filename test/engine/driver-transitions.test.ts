/** The names of transitions: those that a step takes, and those that a state has for an event. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, createActor, createMachine } from 'xstate';
import { candidatesFor, transitionName } from '../../src/engine/driver/transitions.ts';
import { createDriver } from '../../src/engine/driver.ts';
import { SEED } from '../faults/seed.ts';

const machine = createMachine({
  id: 'lamp',
  initial: 'off',
  on: { PRESS: '.broken', LOOK: { actions: 'note' }, 'turn.*': { actions: 'note' } },
  states: {
    off: {
      on: {
        PRESS: [{ guard: ({ event }) => event.hard === true, target: 'broken' }, { target: 'on' }],
        LOOK: {},
      },
    },
    on: {
      type: 'parallel',
      always: { guard: ({ event }) => event.hard === true, target: 'broken' },
      on: { PRESS: 'off' },
      states: {
        bulb: {
          initial: 'dim',
          states: {
            dim: { on: { 'turn.up': 'bright', PRESS: { guard: () => false, target: 'bright' } } },
            bright: { on: { 'turn.down': 'dim' } },
          },
        },
        fan: { initial: 'slow', states: { slow: { on: { 'turn.up': 'fast' } }, fast: {} } },
      },
    },
    broken: { type: 'final' },
  },
});

const driver = createDriver(machine, { freeze: true, microstepsMax: 100 });

/** The state after these events, by a live actor, and the names of all that its last step took. */
function live(of: AnyStateMachine, events: readonly { type: string; hard?: boolean }[]) {
  let taken: string[] = [];
  const actor = createActor(of, {
    inspect: (inspected) => {
      if (inspected.type !== '@xstate.microstep') return;
      // A private member of XState's, which its own tools read.
      const { _transitions } = inspected as unknown as {
        _transitions: Parameters<typeof transitionName>[0][];
      };
      taken.push(..._transitions.map(transitionName));
    },
  });
  actor.start();
  for (const event of events) {
    if (actor.getSnapshot().status !== 'active') break;
    taken = [];
    actor.send(event);
  }
  return { state: actor.getSnapshot(), taken };
}

const event = fc.record({
  type: fc.constantFrom('PRESS', 'LOOK', 'turn.up', 'turn.down', 'turn.round', 'NOTHING'),
  hard: fc.boolean(),
});

describe('transitions', () => {
  test('that a step takes are those that a live actor takes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), event, (before, last) => {
        const { state } = live(machine, before);
        const expected = state.status === 'active' ? live(machine, [...before, last]).taken : [];
        expect(driver.taken(state, last)).toEqual(expected);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('that may take an event have among them whatever takes it', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), event, (before, last) => {
        const { state } = live(machine, before);
        fc.pre(state.status === 'active');
        const taking = machine.getTransitionData(state, last).filter(({ actions, target }) => {
          return target !== undefined || actions.length > 0;
        });
        const found = candidatesFor(state, last.type).map(transitionName);
        expect(found).toEqual(expect.arrayContaining(taking.map(transitionName)));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('are named by their state, their event and their place', () => {
    const { state } = live(machine, [{ type: 'PRESS' }]);
    const named = (type: string) => candidatesFor(state, type).map(transitionName);
    expect(named('turn.up')).toEqual(['on.bulb.dim:turn.up:0', 'on.fan.slow:turn.up:0']);
    expect(named('PRESS')).toEqual(['on.bulb.dim:PRESS:0', 'on:PRESS:0']);
    expect(named('LOOK')).toEqual([':LOOK:0']);
    expect(named('turn.round')).toEqual([':turn.*:0']);
    expect(named('NOTHING')).toEqual([]);
    expect(driver.taken(live(machine, []).state, { type: 'PRESS' })).toEqual(['off:PRESS:1']);
  });

  test('that are hidden by an inner state, or forbidden by it, may not take an event', () => {
    const { state } = live(machine, []);
    expect(candidatesFor(state, 'LOOK')).toEqual([]);
    expect(candidatesFor(state, 'PRESS').map(transitionName)).toEqual([
      'off:PRESS:0',
      'off:PRESS:1',
    ]);
  });
});
