import { expect } from 'vitest';
import type { App } from '../../../src/define/index.ts';
import type { DeadLetter, PolicyFigures } from '../../../src/engine/engine.ts';
import { surveyAll } from '../../../src/engine/partitions.ts';
import { eventsOf, send } from '../../support/node.ts';
import {
  type NodeFate,
  type SimulatedNode,
  SimulatedNodes,
} from '../../support/simulated-nodes.ts';

type NodeOptions = Parameters<SimulatedNodes['start']>[1];

/** Holds back a node's commits that speak of a text. @returns lets them go */
export function holdCommits(node: SimulatedNode, text: string): () => void {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  node.fate = async (method, args): Promise<NodeFate> => {
    if (method === 'commit' && JSON.stringify(args).includes(text)) await held;
    return 'answered';
  };
  return release;
}

/** Desks on simulated nodes: what tests of policies write, look at and wait for. */
export class Office {
  readonly nodes: SimulatedNodes;
  /** Takes commands and looks; its background work never begins. */
  readonly counter: SimulatedNode;
  readonly app: App;

  constructor(app: App, options: ConstructorParameters<typeof SimulatedNodes>[0] = {}) {
    this.nodes = new SimulatedNodes(options);
    this.app = app;
    this.counter = this.nodes.make(app);
  }

  /** An office with one node that does the background work. */
  static async open(
    app: App,
    options: ConstructorParameters<typeof SimulatedNodes>[0] & { node?: NodeOptions } = {},
  ): Promise<Office & { node: SimulatedNode }> {
    const office = new Office(app, options);
    return Object.assign(office, { node: await office.join(app, options.node) });
  }

  get time() {
    return this.nodes.time;
  }

  join(app: App = this.app, options?: NodeOptions): Promise<SimulatedNode> {
    return this.nodes.start(app, options);
  }

  /** Writes texts on a desk, in this order. */
  async write(desk: string, ...texts: readonly string[]): Promise<void> {
    const { engine } = this.counter;
    const all = Promise.all(texts.map((text) => send(engine, 'Write', { desk, text })));
    for (const outcome of await this.nodes.run(all)) expect(outcome.status).toBe('accepted');
  }

  async seal(desk: string): Promise<void> {
    await this.nodes.send(this.counter, 'Seal', { desk });
  }

  /** The stamps on a desk, in their order. */
  async stamps(desk = 'stamps'): Promise<string[]> {
    const found = await this.nodes.run(eventsOf(this.counter.engine, desk, 'desk'));
    return found.flatMap(({ type, data }) => (type === 'Stamped' ? [String(data.stamp)] : []));
  }

  idle(): Promise<void> {
    return this.nodes.untilIdle(this.counter);
  }

  until(condition: () => boolean | Promise<boolean>, stepMs?: number): Promise<void> {
    return this.nodes.until(condition, stepMs);
  }

  /** Dead letters of all policies, oldest first within a partition. */
  async letters(): Promise<readonly DeadLetter[]> {
    return (await this.counter.engine.deadLetters({ limit: 200, cursor: null })).items;
  }

  /** The only dead letter. */
  async letter(): Promise<DeadLetter> {
    const [letter, ...others] = await this.letters();
    expect(others).toEqual([]);
    if (!letter) throw new Error('there is no dead letter');
    return letter;
  }

  /** Has a letter tried again or given up, which is done at once. */
  async settle(word: 'retry' | 'discard', { id }: DeadLetter): Promise<void> {
    const { engine } = this.counter;
    const said = word === 'retry' ? engine.retryDeadLetter(id) : engine.discardDeadLetter(id);
    expect(await this.nodes.run(said)).toBe('done');
  }

  async figures(policy: string): Promise<PolicyFigures> {
    const { policies } = await this.counter.engine.policies();
    const found = policies.find(({ name }) => name === policy);
    if (!found) throw new Error(`there is no policy ${policy}`);
    return found;
  }

  /** The instances of a policy, by id: their states. */
  async instances(policy: string): Promise<Record<string, unknown>> {
    const page = await this.counter.engine.instances(policy, { limit: 200, cursor: null });
    return Object.fromEntries((page?.items ?? []).map(({ id, value }) => [id, value]));
  }

  /** The same: their contexts. */
  async contexts(policy: string): Promise<Record<string, unknown>> {
    const page = await this.counter.engine.instances(policy, { limit: 200, cursor: null });
    return Object.fromEntries((page?.items ?? []).map(({ id, context }) => [id, context]));
  }

  /** Rows of a policy's table, over all partitions. */
  async rows(table: string): Promise<number> {
    const { store } = this.nodes;
    const found = await surveyAll(store, [table]);
    return found.reduce((sum, { tables }) => sum + (tables[0]?.rows ?? 0), 0);
  }
}
