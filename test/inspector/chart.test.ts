/** Statecharts: everything a machine has is in its chart, and nothing lies on anything else. */

import type { ElkNode } from 'elkjs/lib/elk-api.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, type AnyStateNode, createMachine, emit, not, stateIn } from 'xstate';
import { Charts } from '../../src/inspector/chart/charts.ts';
import { describeMachine } from '../../src/inspector/chart/describe.ts';
import { Layouter, LayoutFault, newThread } from '../../src/inspector/chart/layout.ts';
import type { Chart, MachineSummary } from '../../src/inspector/protocol.ts';
import { build, planOf } from '../engine/policy-machines.ts';
import { SEED } from '../faults/seed.ts';
import { readObject, readProblem, startTestServer, type TestServer } from '../http/harness.ts';
import { gallery, galleryEvents } from './gallery.ts';
import { faultsOf } from './geometry.ts';
import { everything, machines, wide } from './machines.ts';

const summary = (name: string): MachineSummary => ({
  kind: 'policy',
  name,
  version: 1,
  hash: 'hash',
});
/** Starting a thread takes longer than most charts. However slow the machine, all of them are drawn. */
const layouter = new Layouter({ layoutMsMax: 100_000, idleMs: 10_000 });
const chartOf = (name: string, machine: AnyStateMachine) =>
  new Charts(layouter).chart(summary(name), machine, galleryEvents);

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

/** The transitions of a machine, each with where it leads. */
function transitionsOf(machine: AnyStateMachine): string[] {
  return nodesOf(machine.root).flatMap((node) =>
    [...node.transitions.values(), node.always ?? []].flat().flatMap((transition) => {
      const from = node.path.join('.');
      const targets: readonly AnyStateNode[] = transition.target ?? [];
      if (targets.length === 0) return [`${from} ${transition.eventType}`];
      return targets.map((target) => `${from} ${transition.eventType} ${target.path.join('.')}`);
    }),
  );
}

/** The same of its chart: a transition's name ends in its event and its place. */
function drawnTransitions({ states, edges }: Chart): string[] {
  const eventOf = (name: string, path: string) =>
    name.slice(path.length + 1, name.lastIndexOf(':'));
  return [
    ...states.flatMap(({ path, lines }) =>
      lines.flatMap(({ transition }) =>
        transition === null ? [] : [`${path} ${eventOf(transition, path)}`],
      ),
    ),
    ...edges.flatMap(({ transition, source, target, event }) =>
      event === 'by default' ? [] : [`${source} ${eventOf(transition, source)} ${target}`],
    ),
  ];
}

describe.each([...machines, ['gallery', gallery] as const])('the chart of %s', (name, machine) => {
  let chart: Chart;
  beforeAll(async () => {
    chart = await chartOf(name, machine);
  });

  test('has every state and every transition, each once', () => {
    const paths = nodesOf(machine.root).map(({ path }) => path.join('.'));
    expect(chart.states.map(({ path }) => path).filter(Boolean)).toEqual(paths.filter(Boolean));
    expect(drawnTransitions(chart).sort()).toEqual(transitionsOf(machine).sort());
    expect(new Set(chart.edges.map(({ id }) => id)).size).toBe(chart.edges.length);
  });

  test('has each part in a place of its own, and arrows from border to border', () => {
    expect(faultsOf(chart)).toEqual([]);
  });

  test('is the same whenever it is drawn', async () => {
    expect(await chartOf(name, machine)).toEqual(chart);
  });
});

test('charts of random machines are whole, and nothing in them lies on anything', async () => {
  await fc.assert(
    fc.asyncProperty(planOf, async (plan) => {
      const machine = build(plan);
      const chart = await chartOf('random', machine);
      expect(drawnTransitions(chart).sort()).toEqual(transitionsOf(machine).sort());
      expect(faultsOf(chart)).toEqual([]);
    }),
    { numRuns: 25, seed: SEED },
  );
});

describe('a chart', () => {
  const described = describeMachine(everything, {});
  const state = (path: string) => described.states.find((each) => each.path === path);
  const linesOf = (path: string) => state(path)?.lines.map(({ kind, text }) => `${kind} ${text}`);
  const arrowsFrom = (path: string) =>
    described.arrows
      .filter(({ source }) => source === path)
      .map(({ event, guard, actions, target }) => [event, guard, actions.join(), target]);

  test('shows waits by their delay, and not what they compile to', () => {
    expect(arrowsFrom('idle')).toEqual([
      ['GO', 'isWet', 'count', 'running'],
      ['GO', null, '', 'ended'],
      ['AGAIN', null, '', 'idle'],
      ['after 100 ms', null, '', 'running'],
      ['after aWhile', 'isWet', '', 'ended'],
    ]);
    expect(linesOf('idle')).toEqual([
      'entry note',
      'entry raise SOON after 30 ms',
      'exit note',
      'transition NO / forbidden',
    ]);
  });

  test('says which states a guard asks for, and calls what has no name inline', () => {
    const guarded = createMachine({
      id: 'guarded',
      on: {
        NAMED: { guard: stateIn('#there'), actions: () => {} },
        VALUE: { guard: not(stateIn({ a: { b: 'c', d: 'e' } })) },
        OWN: { guard: () => true, actions: 'note' },
      },
    });
    expect(describeMachine(guarded, {}).states[0]?.lines.map(({ text }) => text)).toEqual([
      'NAMED [in #there] / inline',
      'VALUE [not in a.b.c and a.d.e] / forbidden',
      'OWN [inline] / note',
    ]);
  });

  test('shows invoked work with what its end leads to, and what follows by itself', () => {
    expect(linesOf('running.water.filling')).toEqual(['invoke wash']);
    expect(arrowsFrom('running.water.filling')).toEqual([
      ['done: wash', null, '', 'running.water.full'],
      ['error: wash', null, '', 'running.water.filling'],
    ]);
    expect(arrowsFrom('running.drum.turning.right').at(-1)).toEqual([
      'always',
      'isCold',
      '',
      'running.drum.turning.left',
    ]);
    expect(arrowsFrom('running').at(-1)).toEqual(['done', null, '', 'ended']);
    expect(arrowsFrom('paused').slice(1)).toEqual([
      ['BOTH', null, '', 'running.drum.turning.right'],
      ['BOTH', null, '', 'running.water.full'],
    ]);
  });

  test('tells kinds of states, initial ones and regions', () => {
    const kinds = described.states.map(({ path, kind }) => `${path} ${kind}`);
    expect(kinds).toContain(' compound');
    expect(kinds).toContain('running parallel');
    expect(kinds).toContain('running.drum.turning.past history');
    expect(kinds).toContain('running.drum.deep deep-history');
    expect(kinds).toContain('ended final');
    const initial = described.states.filter(({ isInitial }) => isInitial);
    expect(initial.map(({ path }) => path)).toEqual([
      'idle',
      'running.drum.turning',
      'running.drum.turning.left',
      'running.water.filling',
    ]);
  });

  test('begins with the initial state, whatever leads back to it', async () => {
    const chart = await chartOf('everything', everything);
    const box = (path: string) =>
      chart.drawing?.states[chart.states.findIndex((each) => each.path === path)]?.box;
    const [first, then] = [box('idle'), box('running')];
    if (!first || !then) throw new Error('no boxes');
    expect(first.x < then.x || first.y + first.height < then.y).toBe(true);
  });
});

describe('what refuses', () => {
  const path = 'aStateWhoseNameIsSoLongThatNobodyWouldEverWriteItOut';

  test('is told of each transition, and drawn as one line', async () => {
    const chart = await chartOf('gallery', gallery);
    const index = chart.states.findIndex((each) => each.path === path);
    const refusing = chart.states[index]?.lines.filter(({ refuses }) => refuses) ?? [];
    expect(refusing.map(({ text }) => text)).toContain('ASK_4 / reject(Not the 4th time)');
    expect(chart.drawing?.states[index]?.lines).toEqual([
      {
        kind: 'refusal',
        shown: '9 rules that refuse',
        transitions: refusing.map(({ transition }) => transition),
      },
    ]);
  });

  test('is told of rejections that are emitted as they are, and of no other event', () => {
    const machine = createMachine({
      on: {
        ONE: { actions: emit({ type: 'Refused', reason: 'no', data: { reason: 'no' } }) },
        OTHER: { actions: emit({ type: 'Done' }) },
        CODE: { actions: emit(() => ({ type: 'Refused', data: { reason: 'no' } })) },
      },
    });
    const { states } = describeMachine(machine, galleryEvents);
    expect(states[0]?.lines.map(({ refuses }) => refuses)).toEqual([true, false, false]);
    expect(describeMachine(machine, {}).states[0]?.lines.some(({ refuses }) => refuses)).toBe(
      false,
    );
  });
});

/** So many states, with two ways on from each, across each other. */
function flat(states: number): AnyStateMachine {
  const way = (at: number) => ({
    on: { ON: `s${(at + 1) % states}`, SKIP: `s${(at * 7 + 3) % states}` },
  });
  return createMachine({
    id: 'flat',
    initial: 's0',
    states: Object.fromEntries(Array.from({ length: states }, (_, at) => [`s${at}`, way(at)])),
  });
}

describe('a large chart', () => {
  test.each([
    ['180 states side by side', flat(180)],
    ['180 states in groups', wide(180)],
  ])('is drawn in full: %s', async (_, machine) => {
    const chart = await chartOf('large', machine);
    expect(faultsOf(chart)).toEqual([]);
    expect(chart.drawing?.edges.every(({ label }) => label !== null)).toBe(true);
  });

  test('has no labels where nobody could read them', async () => {
    const chart = await chartOf('larger', flat(300));
    expect(faultsOf(chart)).toEqual([]);
    expect(chart.drawing?.edges.every(({ label }) => label === null)).toBe(true);
  });

  test('is told in words alone where it is too large', async () => {
    const chart = await chartOf('largest', flat(801));
    expect(chart).toMatchObject({
      drawing: null,
      notDrawn: 'It is too large to be drawn: 801 states and 1602 arrows.',
    });
    expect(drawnTransitions(chart)).toHaveLength(1_602);
  });

  test('keeps nothing else from being done meanwhile', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await chartOf('beside', flat(300));
    isDone = true;
    expect(turns).toBeGreaterThan(100);
  });
});

describe('charts', () => {
  /** Lays out as the real one does, and counts. */
  function counted(fail = false) {
    const real = new Layouter();
    const counts = { layOuts: 0 };
    const layOut = (graph: ElkNode): Promise<ElkNode> => {
      counts.layOuts++;
      return fail ? Promise.reject(new LayoutFault('it takes too long')) : real.layOut(graph);
    };
    return { counts, layouter: { layOut } };
  }

  test('are laid out once for all who ask', async () => {
    const { counts, layouter } = counted();
    const charts = new Charts(layouter);
    const ask = () => charts.chart(summary('wide'), wide(60), {});
    const [one, other] = await Promise.all([ask(), ask()]);
    expect(other).toBe(one);
    expect(await ask()).toBe(one);
    expect(counts.layOuts).toBe(1);
  });

  test('come in words where they cannot be laid out, and are tried again later', async () => {
    const { counts, layouter } = counted(true);
    const patient = new Charts(layouter);
    const first = await patient.chart(summary('wide'), wide(60), {});
    expect(first).toMatchObject({
      drawing: null,
      notDrawn: 'It could not be drawn: it takes too long.',
    });
    expect(await patient.chart(summary('wide'), wide(60), {})).toBe(first);
    expect(counts.layOuts).toBe(1);

    const eager = new Charts(layouter, 1);
    await eager.chart(summary('wide'), wide(60), {});
    await expect
      .poll(async () => {
        await eager.chart(summary('wide'), wide(60), {});
        return counts.layOuts;
      })
      .toBeGreaterThan(2);
  });
});

describe('laying out', () => {
  const graph = { id: 'graph', children: [{ id: 'a', width: 10, height: 10 }], edges: [] };
  /** Takes minutes. */
  const endless = {
    ...graph,
    children: [...Array(3_000).keys()].map((n) => ({ id: `n${n}`, width: 9, height: 9 })),
    edges: [...Array(200_000).keys()].map((n) => ({
      id: `e${n}`,
      sources: [`n${n % 3_000}`],
      targets: [`n${(n * 7 + 3) % 3_000}`],
    })),
    layoutOptions: { 'elk.algorithm': 'layered' },
  };

  test('survives what is no graph', async () => {
    const layouter = new Layouter();
    const broken = { ...graph, edges: [{ id: 'e', sources: ['a'], targets: ['nowhere'] }] };
    await expect(layouter.layOut(broken)).rejects.toThrow(LayoutFault);
    await expect(layouter.layOut({ ...graph, id: '' })).resolves.toMatchObject({ width: 34 });
    expect((await layouter.layOut(graph)).children?.[0]?.x).toBeGreaterThan(0);
  });

  test('gives up what takes too long or too much, and goes on with what waits', async () => {
    const layouter = new Layouter({ layoutMsMax: 8_000, idleMs: 10_000 });
    await layouter.layOut(graph);
    const given = layouter.layOut(endless);
    const waiting = layouter.layOut(graph);
    await expect(given).rejects.toThrow(LayoutFault);
    expect((await waiting).children?.[0]?.x).toBeGreaterThan(0);
  });

  test('survives that the system has no room for a thread', async () => {
    let isFull = true;
    const layouter = new Layouter(undefined, () => {
      if (isFull) throw new Error('no room for a thread');
      return newThread();
    });
    const asked = [graph, graph].map((each) =>
      expect(layouter.layOut(each)).rejects.toThrow(LayoutFault),
    );
    await Promise.all(asked);
    isFull = false;
    expect((await layouter.layOut(graph)).children?.[0]?.x).toBeGreaterThan(0);
  });

  test('keeps no thread while there is nothing to lay out', async () => {
    const layouter = new Layouter({ layoutMsMax: 10_000, idleMs: 1 });
    expect(layouter.isRunning).toBe(false);
    await layouter.layOut(graph);
    await expect.poll(() => layouter.isRunning).toBe(false);
    await layouter.layOut(graph);
  });
});

describe('GET /inspector/api/machines/{kind}/{name}', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());
  const get = (path: string) => fetch(`${server.url}/inspector/api/machines${path}`);

  test('gives the chart of every machine of the app', async () => {
    const list = await readObject(await get(''));
    for (const { kind, name, hash } of list.machines as MachineSummary[]) {
      const response = await get(`/${kind}/${name}`);
      expect(response.status).toBe(200);
      expect(await readObject(response)).toMatchObject({ kind, name, hash });
    }
  });

  test('refuses what there is not', async () => {
    for (const path of [
      'aggregate/nothing',
      'policy/account',
      'other/account',
      'aggregate/__proto__',
    ]) {
      expect((await readProblem(await get(`/${path}`))).status).toBe(404);
    }
    expect((await readProblem(await get('/aggregate/account?a=1'))).status).toBe(422);
  });
});
