/** Random machines of policies, for comparing the driver with live actors. */
import fc from 'fast-check';
import { type AnyStateMachine, assign, cancel, log, setup } from 'xstate';
import { defineEffect, noEffect, send } from '../../src/define/index.ts';

/** What a random machine is built from: numbers that pick targets, guards and actions. */
export interface MachinePlan {
  readonly states: number;
  readonly transitions: readonly TransitionPlan[];
  readonly hasHistory: boolean;
  readonly isParallel: boolean;
  readonly finalState: number;
  /** By state: whether it invokes, waits, sends when it is entered. */
  readonly traits: readonly { invoke: number; after: number; sends: boolean; always: boolean }[];
}

interface TransitionPlan {
  readonly from: number;
  readonly event: number;
  readonly to: number;
  readonly kind: number;
  readonly modulus: number;
}

export const planOf: fc.Arbitrary<MachinePlan> = fc.record({
  states: fc.integer({ min: 2, max: 6 }),
  transitions: fc.array(
    fc.record({
      from: fc.nat(5),
      event: fc.nat(4),
      to: fc.nat(7),
      kind: fc.nat(10),
      modulus: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 4, maxLength: 24 },
  ),
  hasHistory: fc.boolean(),
  isParallel: fc.boolean(),
  finalState: fc.nat(9),
  traits: fc.array(
    fc.record({
      invoke: fc.nat(3),
      after: fc.nat(3),
      sends: fc.boolean(),
      always: fc.boolean(),
    }),
    { minLength: 6, maxLength: 6 },
  ),
});

type Context = { count: number; log: string[] };
type Args = { context: Context; event: { type: string; n?: number } };

/** Never ends by itself: the test says what came of it. */
const effect = defineEffect({ run: () => new Promise<unknown>(() => {}) });

const DAYS_30_MS = 30 * 24 * 3600 * 1000;

const builder = setup({
  types: { context: {} as Context, events: {} as { type: string; n?: number } },
  actions: { noEffect, send },
  actors: { charge: effect, refund: effect },
  delays: { dynamic: ({ context }) => 100 + (context.count % 7) * 10, long: DAYS_30_MS },
});

const sending = (name: string) => ({
  type: 'send' as const,
  params: ({ context }: Args) => ({
    command: name,
    data: { count: context.count },
    ...(context.count % 2 === 0 ? { ref: `${name}/${context.count}` } : {}),
  }),
});
const count = assign({ count: ({ context, event }: Args) => context.count + (event.n ?? 1) });
const later = builder.raise(({ event }) => ({ type: 'E1', n: event.n ?? 0 }), {
  delay: ({ context }) => (context.count % 4) * 50,
});

/** What a transition does, by its kind. */
const ACTIONS: readonly (readonly unknown[])[] = [
  [count, sending('Count')],
  ['noEffect'],
  [count],
  [],
  [sending('Twice'), count, sending('Twice')],
  [later],
  [cancel('named'), builder.raise({ type: 'E2', n: 1 }, { id: 'named', delay: 'dynamic' })],
  [cancel('named')],
  [count, builder.raise({ type: 'E3', n: 1 }), sending('Raise')],
  [
    builder.enqueueActions(({ enqueue, context }) => {
      enqueue(sending('Enqueued') as never);
      if (context.count % 2 === 0) {
        enqueue.raise({ type: 'E4', n: 2 }, { delay: 30 });
      }
    }),
  ],
  [log('seen')],
];

/** A machine with nested, guarded, eventless, waiting and invoking states. */
export function build(plan: MachinePlan): AnyStateMachine {
  const states: Record<string, object> = {};
  for (let index = 0; index < plan.states; index++) states[`S${index}`] = stateOf(plan, index);
  const main = { initial: 'S0', states };
  const beside = {
    initial: 'idle',
    states: {
      idle: { on: { E0: 'busy' } },
      busy: {
        invoke: { src: 'refund', id: 'beside', onDone: { target: 'idle', actions: count } },
        after: { 70: { target: 'idle', actions: sending('Late') } },
      },
    },
  };
  const top = plan.isParallel ? { type: 'parallel', states: { main, beside } } : main;
  // The shapes are right by construction; the builder's types want them spelled out.
  const config = { id: 'random', context: { count: 0, log: [] }, ...top };
  return builder.createMachine(config as never) as unknown as AnyStateMachine;
}

function stateOf(plan: MachinePlan, index: number): object {
  const isFinal = plan.finalState === index && index > 0;
  if (isFinal) return { type: 'final', entry: [sending('Ended'), later] };
  const { invoke, after, sends, always } = plan.traits[index] ?? plan.traits[0] ?? {};
  const on: Record<string, object[]> = {};
  for (const transition of plan.transitions.filter(({ from }) => from % plan.states === index)) {
    const list = on[`E${transition.event}`] ?? [];
    on[`E${transition.event}`] = list;
    list.push(transitionOf(plan, transition));
  }
  const next = `S${(index + 1) % plan.states}`;
  const invokes = [
    { src: 'charge', onDone: { target: next, actions: count }, onError: { target: next } },
    { src: 'refund', id: 'given', onDone: { actions: [count, sending('Done')] } },
  ];
  const delays = [{ 60: { target: next } }, { dynamic: { actions: count } }, { long: next }];
  return {
    on,
    entry: [
      assign({ log: ({ context }: Args) => [...context.log, `in${index}`].slice(-5) }),
      ...(sends ? [sending('Entered')] : []),
    ],
    exit: [sending('Left')],
    ...(invoke === 0 || invoke === undefined
      ? {}
      : { invoke: invoke === 3 ? invokes : invokes[invoke - 1] }),
    ...(after === 3 || after === undefined ? {} : { after: delays[after] }),
    ...(always
      ? { always: { guard: ({ context }: Args) => context.count % 9 === 8, target: next } }
      : {}),
    ...(index % 3 === 1 ? nested(plan.hasHistory) : {}),
  };
}

function nested(hasHistory: boolean): object {
  return {
    initial: 'a',
    states: {
      a: { on: { E4: 'b' } },
      b: {
        invoke: { src: 'charge', input: ({ context }: Args) => ({ count: context.count }) },
        after: { 40: 'a' },
      },
      ...(hasHistory ? { h: { type: 'history' } } : {}),
    },
  };
}

function transitionOf(plan: MachinePlan, { to, kind, modulus }: TransitionPlan): object {
  const index = to % plan.states;
  const intoHistory = plan.hasHistory && index % 3 === 1 && plan.finalState !== index && kind === 3;
  const target = to < 6 ? { target: intoHistory ? `S${index}.h` : `S${index}` } : {};
  const guard = ({ context, event }: Args) => (context.count + (event.n ?? 0)) % modulus === 0;
  return {
    ...target,
    reenter: kind % 2 === 0,
    ...(modulus > 1 ? { guard } : {}),
    actions: ACTIONS[kind],
  };
}
