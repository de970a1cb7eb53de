/** Model coverage: what is counted, what is found to be missing, and that it finds what is wrong. */
import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, createActor, createMachine } from 'xstate';
import { account } from '../../machines/account/aggregate.ts';
import { app } from '../../machines/index.ts';
import { type AggregateDefinition, type App, defineApp } from '../../src/define/index.ts';
import { MachineItems } from '../../src/testing/cover/items.ts';
import { traceOf } from '../../src/testing/cover/trace.ts';
import {
  coverApp,
  coverPolicy,
  createTestWorld,
  replayPolicyPath,
  runPath,
  sampleCommands,
} from '../../src/testing/index.ts';
import { showApp } from '../docs/show-app.ts';
import { allowed, paths, samples } from '../machines/paths.ts';

/** What a machine goes through with one event. */
function covered(machine: AnyStateMachine, type: string): string[] {
  const before = createActor(machine).getSnapshot();
  const trace = traceOf(machine, before, { type });
  return new MachineItems(machine).coveredBy(trace).map(({ name }) => name);
}

describe('what a step goes through', () => {
  test('guards that say no, the one that says yes, and none after it', () => {
    const machine = createMachine(
      {
        initial: 'a',
        states: {
          a: { on: { Go: [{ guard: 'no' }, { guard: 'yes', target: 'b' }, { target: 'c' }] } },
          b: {},
          c: {},
        },
      },
      { guards: { no: () => false, yes: () => true } },
    );
    expect(covered(machine, 'Go')).toEqual(['a · Go [yes]', 'a · Go [no] refused', 'a', 'b']);
    expect(covered(machine, 'Stop')).toEqual(['a']);
  });

  test('inner states before outer ones, exact events before wildcards', () => {
    const machine = createMachine(
      {
        on: { '*': { actions: () => {} } },
        initial: 'a',
        states: {
          a: {
            on: { 'go.on': { guard: 'no' }, 'go.*': { guard: 'no' } },
          },
        },
      },
      { guards: { no: () => false } },
    );
    expect(covered(machine, 'go.on')).toEqual([
      '(any state) · *',
      'a · go.on [no] refused',
      'a · go.* [no] refused',
      'a',
    ]);
  });

  test('transitions without an event, after those with one', () => {
    const machine = createMachine(
      {
        initial: 'a',
        states: {
          a: { on: { Go: 'b' } },
          b: { always: [{ guard: 'no', target: 'a' }, { target: 'c' }] },
          c: { always: { guard: 'no', target: 'a' } },
        },
      },
      { guards: { no: () => false } },
    );
    expect(covered(machine, 'Go')).toEqual([
      'a · Go',
      'b · always [otherwise]',
      'b · always [no] refused',
      'c · always [no] refused',
      'a',
      'b',
      'c',
    ]);
  });

  test('one region of several takes an event: their parent is not asked', () => {
    const region = (on: object) => ({ initial: 'x', states: { x: { on } } });
    const machine = createMachine(
      {
        type: 'parallel',
        on: { Go: { guard: 'no' } },
        states: {
          one: region({ Go: { actions: () => {} } }),
          two: region({ Go: { guard: 'no' } }),
        },
      } as never,
      { guards: { no: () => false } },
    ) as AnyStateMachine;
    expect(covered(machine, 'Go')).toEqual([
      'one.x · Go',
      'two.x · Go [no] refused',
      'one',
      'one.x',
      'two',
      'two.x',
    ]);
  });
});

test('commands come of schemas: every name where one is spoken of, every value of a choice', () => {
  const commands = sampleCommands(showApp).filter(
    ({ type }) => showApp.commands.get(type)?.type === 'show',
  );
  const bodies = (type: string) =>
    commands.flatMap((each) => (each.type === type ? [each.data] : []));
  expect(bodies('AnnounceShow')).toEqual([
    { showId: 'ann', title: 'ann', capacity: 1 },
    { showId: 'ann', title: 'bob', capacity: 1 },
    { showId: 'bob', title: 'ann', capacity: 1 },
    { showId: 'bob', title: 'bob', capacity: 1 },
  ]);
  expect(bodies('ReserveSeat')).toHaveLength(8);
  expect(bodies('ReserveSeat')).toContainEqual({ showId: 'ann', seat: 'A2', guestId: 'bob' });
  for (const { type, data } of commands) {
    const definition = showApp.commands.get(type)?.commands[type];
    expect(definition?.clientSchema.safeParse(data).success).toBe(true);
  }
});

/** With one guard turned round. */
function turned<Definition extends { readonly machine: AnyStateMachine }>(
  definition: Definition,
  guard: string,
): Definition {
  const original = definition.machine.implementations.guards[guard];
  if (typeof original !== 'function') throw new Error(`there is no guard ${guard}`);
  const other = (...args: Parameters<typeof original>) => !original(...args);
  return { ...definition, machine: definition.machine.provide({ guards: { [guard]: other } }) };
}

const guardsOf = ({ machine }: { readonly machine: AnyStateMachine }) =>
  Object.keys(machine.implementations.guards);
const about = (guard: string) => expect.stringContaining(`[${guard}]`);
const namesOf = ({ covers }: { readonly covers: readonly { readonly name: string }[] }) =>
  covers.map(({ name }) => name);

describe('a guard that is turned round is found by a path, which names it', () => {
  test.each(guardsOf(account))('account: %s', async (guard) => {
    const others = [...app.aggregates.values()].filter(({ type }) => type !== 'account');
    const broken = defineApp({ ...partsOf(app), aggregates: [turned(account, guard), ...others] });
    const world = await createTestWorld(broken);
    for (const [number, path] of paths.entries()) {
      if (!namesOf(path).some((name) => name.includes(`[${guard}]`))) continue;
      const failure = await runPath(path, world.asSystem(), `x${number}`).catch(String);
      if (failure === undefined) continue;
      expect(failure).toContain(path.name);
      return;
    }
    throw new Error('no path found it');
  });

  const policies = [...app.policies.values()];
  test.each(policies.flatMap((policy) => guardsOf(policy).map((guard) => [policy.name, guard])))(
    '%s: %s',
    (name, guard) => {
      const policy = policies.find((each) => each.name === name);
      if (!policy) throw new Error(`there is no policy ${name}`);
      const { paths: ways } = coverPolicy(policy, samples);
      for (const way of ways) replayPolicyPath(way, policy);
      const failed = ways.filter((way) => {
        try {
          replayPolicyPath(way, turned(policy, guard ?? ''));
          return false;
        } catch {
          return true;
        }
      });
      expect(failed.flatMap(namesOf)).toContainEqual(about(guard ?? ''));
    },
  );
});

function partsOf({ policies, projections, queries }: App) {
  return {
    policies: [...policies.values()],
    projections: [...projections.values()],
    queries,
  };
}

test('the paths hold in a world in memory', async () => {
  const world = await createTestWorld(app);
  for (const [number, path] of paths.entries()) {
    await runPath(path, world.asSystem(), `x${number}`);
  }
  expect(world.errors).toEqual([]);
});

describe('what is not covered', () => {
  /** The account, in a state that nothing leads to, and with a guard that never says no. */
  function blind(): AggregateDefinition {
    const { config } = account.machine;
    const machine = createMachine(
      { ...config, states: { ...config.states, lost: {} } },
      account.machine.implementations as never,
    ).provide({ guards: { emailIsRegistered: () => false } });
    return { ...account, machine };
  }

  test('is named, and may be left out only by name, with a reason, while it is so', () => {
    const { coverage } = coverApp(defineApp({ aggregates: [blind()] }), { statesMax: 150 });
    expect(() => coverage.mustBeComplete()).toThrow(/account: lost is not covered/);
    expect(() => coverage.mustBeComplete()).toThrow(
      /account: unregistered · RegisterAccount \[emailIsRegistered\] is not covered/,
    );
    const reasons = Object.fromEntries(
      coverage.rows().flatMap(({ missed }) => missed.map((name) => [name, 'it is the test’s'])),
    );
    coverage.mustBeComplete({ account: reasons });
    expect(() => coverage.mustBeComplete({ account: { ...reasons, unregistered: 'no' } })).toThrow(
      'account: unregistered may be left out, and is covered or unknown',
    );
    expect(coverage.table()).toMatch(/^account +4\/5 +29\/31 +17\/17$/m);
  });

  test('is not searched for where it is allowed', () => {
    const { paths: none } = coverApp(app, { statesMax: 0, allowed });
    expect(none).toEqual([]);
  });
});
