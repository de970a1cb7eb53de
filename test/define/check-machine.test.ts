import { describe, expect, it } from 'vitest';
import { and, cancel, emit, fromPromise, not, raise, sendTo, spawnChild } from 'xstate';

import { refuse } from '../../src/define/index.ts';
import { type Config, type Implementations, machineFaults } from './box.ts';

describe('machines', () => {
  const promise = fromPromise(async () => null);
  const noTimers = 'durable timers are not available to aggregates';
  const noEffects = 'durable effects are not available to aggregates';

  it.each([
    ['invoke', { invoke: { src: promise } }, [`invoke: ${noEffects}`]],
    ['spawnChild', { entry: spawnChild(promise) }, [`entry.actions: ${noEffects}`]],
    ['after', { after: { 1000: { actions: 'noEffect' } } }, [`after.1000: ${noTimers}`]],
    [
      'after without a delay',
      { after: { soon: { actions: 'noEffect' } } },
      [`after.soon: ${noTimers}`, 'after.soon: the delay "soon" is not implemented'],
    ],
    [
      'delayed raise',
      { exit: raise({ type: 'GO' }, { delay: 10 }) },
      [`exit.actions: ${noTimers}`],
    ],
    ['cancel', { exit: cancel('later') }, [`exit.actions: ${noTimers}`]],
    [
      'sendTo',
      { on: { GO: { actions: sendTo('other', { type: 'GO' }) } } },
      ['on.GO.actions: an aggregate sends nothing to other actors'],
    ],
    [
      'code of its own',
      { on: { GO: { actions: () => {} } } },
      ['on.GO.actions: code of its own is never run'],
    ],
    [
      'a missing action',
      { on: { GO: [{ actions: 'noEffect' }, { actions: { type: 'open' } }] } },
      ['on.GO[1].actions: the action "open" is not implemented'],
    ],
    [
      'a missing guard',
      { always: { guard: 'isOpen', target: '.a' }, initial: 'a', states: { a: {} } },
      ['always.guard: the guard "isOpen" is not implemented'],
    ],
    [
      'a missing guard within others',
      { on: { GO: { guard: and(['isOpen', not({ type: 'isFull' })]), actions: 'noEffect' } } },
      ['on.GO.guard: the guard "isFull" is not implemented'],
      { guards: { isOpen: () => true } },
    ],
    [
      'a missing guard within a named one',
      { on: { GO: { guard: 'isReady', actions: 'noEffect' } } },
      ['on.GO.guard: the guard "isFull" is not implemented'],
      { guards: { isReady: not('isFull') } },
    ],
    [
      'a refusal by what is declared as no rejection',
      { on: { GO: { actions: 'refuse' } } },
      [
        'on.GO.actions: the action "refuse": it refuses by "Opened", which is not declared as a rejection',
      ],
      { actions: { refuse: refuse('Opened', () => ({})) } },
    ],
    [
      'an undeclared event',
      { on: { GO: { actions: emit({ type: 'Opend' }) } } },
      ['on.GO.actions: it emits "Opend", which is not declared'],
    ],
    [
      'an undeclared event by a named action',
      { on: { GO: { actions: 'say' } } },
      ['on.GO.actions: the action "say": it emits "Opend", which is not declared'],
      { actions: { say: emit({ type: 'Opend' }) } },
    ],
    [
      'an end at the start',
      { initial: 'a', states: { a: { type: 'final' } } },
      ['initial: the machine ends before its first command'],
    ],
  ] as [string, Config, string[], Implementations?][])(
    'cannot use %s',
    (_, config, expected, implementations) => {
      const faults = machineFaults(config, implementations);
      expect(faults).toHaveLength(expected.length);
      for (const [place, start] of expected.entries()) {
        expect(faults[place]?.startsWith(`machine.${start}`), faults[place]).toBe(true);
      }
    },
  );

  it('are named down to the nested state', () => {
    const config: Config = {
      initial: 'a',
      states: {
        a: {
          initial: 'b',
          onDone: { actions: 'shut' },
          states: { b: { exit: 'open' } },
        },
      },
    };
    expect(machineFaults(config)).toEqual([
      'machine.states.a.onDone.actions: the action "shut" is not implemented',
      'machine.states.a.states.b.exit.actions: the action "open" is not implemented',
    ]);
  });

  it.each([
    [{ at: new Date(0) }, 'machine.context.at: it is kept as JSON, and a Date is not JSON'],
    [
      { list: [1, Number.NaN] },
      'machine.context.list[1]: it is kept as JSON, and NaN is not a JSON number',
    ],
    [{ seen: new Map() }, 'machine.context.seen: it is kept as JSON, and a Map is not JSON'],
  ])('keep JSON: %o', (context, fault) => {
    expect(machineFaults({ context })).toEqual([fault]);
    expect(machineFaults({ context: () => context })).toEqual([fault]);
  });

  it('start', () => {
    const context = () => {
      throw new Error('no input');
    };
    expect(machineFaults({ context })).toEqual([
      'machine.context: the machine does not start: no input',
    ]);
  });

  it('spawn nothing in their context', () => {
    const context: Config['context'] = ({ spawn }) => {
      spawn(promise);
      return {};
    };
    expect(machineFaults({ context })).toEqual([
      expect.stringContaining(`machine.context: ${noEffects}`),
    ]);
  });
});
