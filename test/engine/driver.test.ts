import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, assign, createActor, emit, raise, setup } from 'xstate';
import { noEffect } from '../../src/define/index.ts';
import { createDriver, MachineFault } from '../../src/engine/driver.ts';

const SEED = Number(process.env.SEED ?? 20261123);
const options = { freeze: true, microstepsMax: 100 };

/** What a random machine is built from: numbers that pick targets, guards and actions. */
interface MachinePlan {
  readonly states: number;
  readonly transitions: readonly {
    readonly from: number;
    readonly event: number;
    readonly to: number;
    readonly kind: number;
    readonly modulus: number;
  }[];
  readonly hasHistory: boolean;
  readonly finalState: number;
}

const planOf: fc.Arbitrary<MachinePlan> = fc.record({
  states: fc.integer({ min: 2, max: 6 }),
  transitions: fc.array(
    fc.record({
      from: fc.nat(5),
      event: fc.nat(4),
      to: fc.nat(7),
      kind: fc.nat(6),
      modulus: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 4, maxLength: 24 },
  ),
  hasHistory: fc.boolean(),
  finalState: fc.nat(9),
});

type Context = { count: number; log: string[] };
type Event = { type: string; n: number };
type Emitted = { type: 'Happened'; data: { from: string; count: number } };

const builder = setup({
  types: { context: {} as Context, events: {} as Event, emitted: {} as Emitted },
  actions: { noEffect },
});

/** A machine with nested, guarded, raising, emitting and eventless transitions. */
function build(plan: MachinePlan): AnyStateMachine {
  const states: Record<string, object> = {};
  for (let index = 0; index < plan.states; index++) {
    const on: Record<string, object[]> = {};
    for (const transition of plan.transitions.filter(({ from }) => from % plan.states === index)) {
      const list = on[`E${transition.event}`] ?? [];
      on[`E${transition.event}`] = list;
      list.push(transitionOf(plan, transition, `S${index}`));
    }
    const isFinal = plan.finalState === index && index > 0;
    const isCompound = index % 3 === 1 && !isFinal;
    states[`S${index}`] = {
      ...(isFinal ? { type: 'final' } : { on }),
      entry: assign({
        log: ({ context }: { context: Context }) => [...context.log, `in${index}`].slice(-5),
      }),
      exit: emit(({ context }: { context: Context }) => ({
        type: 'Happened',
        data: { from: `exit${index}`, count: context.count },
      })),
      ...(isCompound
        ? {
            initial: 'a',
            states: {
              a: { on: { E4: 'b' } },
              b: {
                always: {
                  guard: ({ context }: { context: Context }) => context.count % 5 === 4,
                  target: 'a',
                },
              },
              ...(plan.hasHistory ? { h: { type: 'history' } } : {}),
            },
          }
        : {}),
    };
  }
  // The shapes are right by construction; the builder's types want them spelled out.
  const config = { id: 'random', context: { count: 0, log: [] }, initial: 'S0', states };
  return builder.createMachine(config as never) as unknown as AnyStateMachine;
}

function transitionOf(
  plan: MachinePlan,
  { to, kind, modulus }: MachinePlan['transitions'][number],
  from: string,
): object {
  const index = to % plan.states;
  const intoHistory = plan.hasHistory && index % 3 === 1 && plan.finalState !== index && kind === 3;
  const target = to < 6 ? { target: intoHistory ? `S${index}.h` : `S${index}` } : {};
  const guard = ({ context, event }: { context: Context; event: Event }) =>
    (context.count + event.n) % modulus === 0;
  const count = assign({
    count: ({ context, event }: { context: Context; event: Event }) => context.count + event.n,
  });
  const again = { type: 'E1', n: 1 };
  const happened = emit(({ context }: { context: Context }) => ({
    type: 'Happened',
    data: { from, count: context.count },
  }));
  const actions = [
    [count, happened],
    [happened],
    ['noEffect'],
    [count],
    [count, raise(again), happened],
    [],
    [happened, count, happened],
  ][kind];
  return { ...target, ...(modulus > 1 ? { guard } : {}), actions };
}

const history = fc.array(fc.record({ event: fc.nat(5), n: fc.nat(6) }), {
  minLength: 1,
  maxLength: 25,
});

describe('the driver', () => {
  test('gives the value, context, status and events of a live actor, over random machines and histories, through JSON', () => {
    let steps = 0;
    fc.assert(
      fc.property(planOf, history, (plan, events) => {
        const machine = build(plan);
        const driver = createDriver(machine, options);
        const live = createActor(machine);
        const emitted: unknown[] = [];
        live.on('*', (event) => emitted.push(event));
        live.subscribe({ error: () => {} });
        live.start();
        let state = driver.initial();
        for (const { event, n } of events) {
          emitted.length = 0;
          const message = { type: `E${event}`, n };
          if (live.getSnapshot().status === 'active') live.send(message);
          const after = live.getSnapshot();
          if (after.status === 'error') {
            expect(() => driver.step(state, message)).toThrow();
            return;
          }
          const step = driver.step(state, message);
          steps++;
          expect(step.events).toEqual(emitted);
          // Every state goes through JSON, as it does in a store.
          state = driver.restore(JSON.parse(driver.persist(step.state)));
          expect(state.value).toEqual(after.value);
          expect(state.context).toEqual(after.context);
          expect(state.status).toBe(after.status);
        }
      }),
      { seed: SEED, numRuns: 400 },
    );
    expect(steps).toBeGreaterThan(1_000);
  });

  const counter = setup({
    types: { context: {} as { list: number[]; extra?: unknown }, events: {} as { type: string } },
    actions: { noEffect },
  }).createMachine({
    id: 'counter',
    context: { list: [1, 2] },
    initial: 'open',
    states: {
      open: {
        on: {
          Mutate: { actions: assign(({ context }) => ({ list: context.list.reverse() })) },
          Nothing: { actions: 'noEffect' },
          Date: { actions: assign({ extra: () => new Date(0) }) },
          Nan: { actions: assign({ extra: () => Number.NaN }) },
          Later: { actions: raise({ type: 'Nothing' }, { delay: 10 }) },
          Custom: { actions: () => {} },
          Loop: 'loop',
          Close: 'closed',
        },
      },
      loop: { always: 'loop2' },
      loop2: { always: 'loop' },
      closed: { type: 'final' },
    },
  });
  const driver = createDriver(counter, options);
  const step = (type: string) => driver.step(driver.initial(), { type });

  test('tells accepted-without-effect from a message that no transition takes', () => {
    expect(step('Nothing')).toMatchObject({ noEffect: true, changed: false, events: [] });
    expect(step('Unheard')).toMatchObject({ noEffect: false, changed: false, events: [] });
  });

  test('takes nothing more once the machine is done', () => {
    const { state } = step('Close');
    expect(state.status).toBe('done');
    expect(driver.step(state, { type: 'Nothing' })).toMatchObject({
      noEffect: false,
      changed: false,
    });
  });

  test('finds an assignment that mutates', () => {
    expect(() => step('Mutate')).toThrow(TypeError);
  });

  test.each([
    ['Date', /context\.extra: a Date is not JSON/],
    ['Nan', /context\.extra: NaN is not a JSON number/],
  ])('refuses to persist a context that is not JSON: %s', (type, message) => {
    expect(() => driver.persist(step(type).state)).toThrow(message);
  });

  test.each(['Later', 'Custom'])('refuses an action that a durable actor cannot do: %s', (type) => {
    expect(() => step(type)).toThrow(MachineFault);
  });

  test('ends a loop of eventless transitions', () => {
    expect(() => step('Loop')).toThrow(/Infinite loop/);
  });
});
