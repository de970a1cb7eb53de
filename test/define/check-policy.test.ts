import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type AnyActorRef,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  log,
  raise,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import { defineApp, defineEffect, defineEvent, noEffect } from '../../src/define/index.ts';
import { type Config, faultsIn, type Implementations } from './box.ts';
import {
  boxes,
  Opened,
  policy,
  policyFaults,
  policyMachineFaults,
  projection,
} from './shipping.ts';

const charge = defineEffect({ run: async () => 'paid' });
const self = (args: { self: AnyActorRef }) => args.self;

afterEach(() => void vi.restoreAllMocks());

describe('a sound policy', () => {
  it('has no faults', () => {
    const parts = { aggregates: [boxes], policies: [policy()], projections: [projection()] };
    expect(faultsIn(parts)).toEqual([]);
    const app = defineApp(parts);
    expect([...app.policies.keys(), ...app.projections.keys()]).toEqual(['shipping', 'opened']);
  });

  it('may wait, invoke effects, raise later, cancel and send', () => {
    const faults = policyMachineFaults(
      {
        initial: 'paying',
        states: {
          paying: {
            entry: [
              assign({}),
              raise({ type: 'Late' }, { delay: 'limit', id: 'late' }),
              raise({ type: 'Later' }, { delay: ({ context }) => context.ms }),
              sendTo(self, { type: 'Late' }, { delay: 5 }),
              { type: 'send', params: { command: 'Open', data: {} } },
              enqueueActions(() => {}),
              log('in'),
            ],
            exit: cancel('late'),
            invoke: { src: 'charge', id: 'charge', onDone: 'again', onError: 'again' },
            after: { limit: 'again', 1000: 'again', dynamic: 'again' },
          },
          // Never beside the other of that id.
          again: { invoke: { src: 'charge', id: 'charge' } },
        },
      },
      { actors: { charge }, delays: { limit: 3 * 24 * 3600 * 1000, dynamic: () => 1 } },
    );
    expect(faults).toEqual([]);
  });
});

describe('a policy’s settings', () => {
  it.each([
    [{ name: 'Shipping' }, 'name: "Shipping" may hold lower-case letters, digits and -'],
    [{ version: 1.5 }, 'version: 1.5 is not a whole number from 1'],
    [{ attempts: 0 }, 'attempts: 0 is not a whole number from 1 to 100'],
    [{ attempts: 101 }, 'attempts: 101 is not a whole number from 1 to 100'],
    [{ from: 'end' }, 'from: "end" is neither "head" nor "beginning"'],
    [{ correlate: 'box' }, 'correlate: "box" is neither "actor", "event" nor a function'],
  ])('%o', (parts, fault) => {
    expect(policyFaults(parts as object)).toEqual([expect.stringContaining(fault)]);
  });

  it('name events that the app records, by their own names, and that its machine handles', () => {
    const twin = defineEvent({ schema: Opened.schema });
    expect(policyFaults({ on: {} })).toEqual(['on: it takes no event, and so does nothing']);
    expect(policyFaults({ on: { Opened: twin } })).toEqual([
      'on.Opened: no aggregate of the app records this event',
    ]);
    expect(policyFaults({ on: { Unpacked: Opened } })).toEqual([
      'on.Unpacked: the event is recorded as "Opened"',
      'on.Unpacked: no state of the machine handles it',
    ]);
    const machine = createMachine({ on: { Opened: {}, Opend: { actions: noEffect } } });
    expect(policyFaults({ machine })).toEqual(['on.Opened: no state of the machine handles it']);
  });
});

describe('a policy’s machine', () => {
  const nothing = fromPromise(async () => null);
  const actors = { charge, nothing };

  it.each([
    ['emit', { entry: emit({ type: 'Opened' }) }, ['entry.actions: a policy records no events']],
    ['sendTo', { exit: sendTo('x', { type: 'Y' }) }, ['exit.actions: a policy sends commands']],
    [
      'sendTo to itself at once',
      { exit: sendTo(self, { type: 'Y' }) },
      ['exit.actions: a policy sends commands'],
    ],
    [
      'spawnChild',
      { entry: spawnChild('charge') },
      ['entry.actions: a policy invokes effects: it cannot spawnChild'],
    ],
    ['stopChild', { exit: stopChild('x') }, ['exit.actions: an effect ends when its state is']],
    [
      'code of its own',
      { exit: () => {} },
      ['exit.actions: code of its own is never run; a policy can send, assign,'],
    ],
    [
      'a missing action after a time',
      { after: { 10: { actions: 'remind' } } },
      ['after.10.actions: the action "remind" is not implemented'],
    ],
    [
      'a missing action and guard when an effect is over',
      {
        invoke: [
          { src: 'charge', onDone: { actions: 'remind' } },
          { src: 'charge', onError: { guard: 'isLate', actions: 'noEffect' } },
        ],
      },
      [
        'invoke[0].onDone.actions: the action "remind" is not implemented',
        'invoke[1].onError.guard: the guard "isLate" is not implemented',
      ],
    ],
    [
      'delays that are not there',
      {
        after: { soon: { actions: 'noEffect' } },
        exit: raise({ type: 'X' }, { delay: 'soon' as never }),
      },
      [
        'after.soon: the delay "soon" is not implemented',
        'exit.actions: the delay "soon" is not implemented',
      ],
    ],
    [
      'delays that are none',
      { after: { never: { actions: 'noEffect' } }, exit: raise({ type: 'X' }, { delay: -1 }) },
      ['after.never: Infinity ms is no delay', 'exit.actions: -1 ms is no delay'],
    ],
    [
      'effects that are not there, are none, or have no name',
      { invoke: [{ src: 'refund' }, { src: 'nothing' }, { src: charge }] },
      [
        'invoke[0]: the effect "refund" is not implemented',
        'invoke[1]: "nothing" is no effect: defineEffect makes one',
        'invoke[2]: an effect is invoked by its name',
      ],
    ],
    [
      'what an effect does on its way',
      { invoke: { src: 'charge', onSnapshot: { actions: 'noEffect' } } },
      ['invoke.onSnapshot: an effect gives nothing before it ends'],
    ],
    [
      'an end at the start',
      { initial: 'a', states: { a: { type: 'final' } } },
      ['initial: the machine ends before its first event'],
    ],
    [
      'a context that is not JSON',
      { context: { seen: new Map() } },
      ['context.seen: it is kept as JSON, and a Map is not JSON'],
    ],
    [
      'a child in its context',
      { context: ({ spawn }) => ({ x: spawn('charge') && 1 }) },
      ['context: a policy invokes effects, it cannot spawn'],
    ],
  ] as [string, Config, string[]][])('cannot use %s', (_, config, expected) => {
    // XState says by itself that an effect is not there.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const implementations = { actors, delays: { never: Number.POSITIVE_INFINITY } };
    const faults = policyMachineFaults(config, implementations as Implementations);
    expect(faults).toHaveLength(expected.length);
    for (const [place, start] of expected.entries()) {
      expect(faults[place]?.startsWith(`machine.${start}`), faults[place]).toBe(true);
    }
  });

  it('has effects whose settings hold', () => {
    const wild = defineEffect({ run: async () => null, attempts: 0, timeoutMs: Number.NaN });
    expect(policyMachineFaults({ invoke: { src: 'wild' } }, { actors: { wild } })).toEqual([
      'machine.invoke.attempts: 0 is not a whole number from 1 to 100',
      'machine.invoke.timeoutMs: NaN is not a time in milliseconds',
    ]);
  });

  it.each([
    [
      'of one state',
      {
        invoke: [
          { src: 'charge', id: 'x' },
          { src: 'charge', id: 'x' },
        ],
      },
      2,
    ],
    [
      'of a state and one within',
      {
        invoke: { src: 'charge', id: 'x' },
        initial: 'a',
        states: { a: { invoke: { src: 'charge', id: 'x' } } },
      },
      2,
    ],
    [
      'of two regions',
      {
        type: 'parallel',
        states: {
          a: { initial: 'b', states: { b: { invoke: { src: 'charge', id: 'x' } } } },
          c: { invoke: { src: 'charge', id: 'x' } },
        },
      },
      2,
    ],
    [
      'of two states that exclude each other',
      {
        initial: 'a',
        states: {
          a: { initial: 'b', states: { b: { invoke: { src: 'charge', id: 'x' } } } },
          c: { invoke: { src: 'charge', id: 'x' } },
        },
      },
      0,
    ],
  ] as [string, Config, number][])(
    'may not run invokes of one id beside each other: %s',
    (_, config, count) => {
      const faults = policyMachineFaults(config, { actors });
      expect(faults).toHaveLength(count);
      for (const fault of faults)
        expect(fault).toContain('.id: "x" may run beside it in the state');
    },
  );
});
