/** Statecharts: everything a machine has is in its chart, and nothing lies on anything else. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { Charts } from '../../src/inspector/chart/charts.ts';
import { describeMachine } from '../../src/inspector/chart/describe.ts';
import { Layouter, LayoutFault } from '../../src/inspector/chart/layout.ts';
import {
  CHART_TEXT,
  type Chart,
  type ChartState,
  type MachineSummary,
} from '../../src/inspector/protocol.ts';
import { build, planOf } from '../engine/policy-machines.ts';
import { readObject, readProblem, startTestServer, type TestServer } from '../http/harness.ts';
import { everything, machines, wide } from './machines.ts';

const summary = (name: string): MachineSummary => ({
  kind: 'policy',
  name,
  version: 1,
  hash: 'hash',
});
/** Starting a thread takes longer than most charts. */
const layouter = new Layouter();
const chartOf = (name: string, machine: AnyStateMachine) =>
  new Charts(layouter).chart(summary(name), machine);

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

function parentOf({ path }: ChartState, states: readonly ChartState[]): ChartState | undefined {
  const above = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
  return path === '' ? undefined : states.find((each) => each.path === above);
}

function faultsOf({ states, width, height }: Chart): string[] {
  const faults: string[] = [];
  for (const [index, a] of states.entries()) {
    const around = parentOf(a, states);
    const outer = around?.box ?? { x: 0, y: 0, width, height };
    const isInside =
      a.box.x >= outer.x &&
      a.box.y >= outer.y &&
      a.box.x + a.box.width <= outer.x + outer.width + 0.2 &&
      a.box.y + a.box.height <= outer.y + outer.height + 0.2;
    if (!isInside) faults.push(`${a.path} leaves what is around it`);
    const texts = around ? CHART_TEXT.headHeight + around.lines.length * CHART_TEXT.lineHeight : 0;
    if (a.box.y < outer.y + texts) faults.push(`${a.path} lies on the texts around it`);
    for (const b of states.slice(index + 1)) {
      if (parentOf(b, states) !== around) continue;
      const isApart =
        a.box.x + a.box.width <= b.box.x ||
        b.box.x + b.box.width <= a.box.x ||
        a.box.y + a.box.height <= b.box.y ||
        b.box.y + b.box.height <= a.box.y;
      if (!isApart && a.path !== '' && b.path !== '') faults.push(`${a.path} lies on ${b.path}`);
    }
  }
  return faults;
}

describe.each(machines)('the chart of %s', (name, machine) => {
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

  test('lies within its bounds, and no state lies on another', () => {
    expect(faultsOf(chart)).toEqual([]);
    for (const { points, label, event } of chart.edges) {
      expect(points.length, event).toBeGreaterThanOrEqual(2);
      expect(label.width, event).toBeGreaterThan(0);
      for (const { x, y } of points) {
        expect(x >= 0 && y >= 0 && x <= chart.width && y <= chart.height, event).toBe(true);
      }
    }
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
    { numRuns: 25 },
  );
});

describe('a chart', () => {
  const described = describeMachine(everything);
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
    const box = (path: string) => chart.states.find((each) => each.path === path)?.box;
    const [first, then] = [box('idle'), box('running')];
    if (!first || !then) throw new Error('no boxes');
    expect(first.x < then.x || first.y + first.height < then.y).toBe(true);
  });
});

describe('laying out', () => {
  const graph = { id: 'graph', children: [{ id: 'a', width: 10, height: 10 }], edges: [] };

  test('survives what is no graph', async () => {
    const layouter = new Layouter();
    const broken = { ...graph, edges: [{ id: 'e', sources: ['a'], targets: ['nowhere'] }] };
    await expect(layouter.layOut(broken)).rejects.toThrow(LayoutFault);
    await expect(layouter.layOut({ ...graph, id: '' })).resolves.toMatchObject({ width: 34 });
    expect((await layouter.layOut(graph)).children?.[0]?.x).toBeGreaterThan(0);
  });

  test('gives up what takes too long, and goes on with what comes after', async () => {
    const limits = { layoutMsMax: 1, idleMs: 10_000 };
    const layouter = new Layouter(limits);
    const large = { ...graph, children: [...Array(500).keys()].map((n) => ({ id: `n${n}` })) };
    await expect(layouter.layOut(large)).rejects.toThrow('too long');
    expect(layouter.isRunning).toBe(false);
    limits.layoutMsMax = 10_000;
    await layouter.layOut(graph);
  });

  test('keeps no thread while there is nothing to lay out', async () => {
    const layouter = new Layouter({ layoutMsMax: 10_000, idleMs: 1 });
    expect(layouter.isRunning).toBe(false);
    await layouter.layOut(graph);
    await expect.poll(() => layouter.isRunning).toBe(false);
    await layouter.layOut(graph);
  });

  test('copes with 180 states', async () => {
    const chart = await chartOf('large', wide(180));
    expect(chart.states.length).toBe(180);
    expect(faultsOf(chart)).toEqual([]);
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
