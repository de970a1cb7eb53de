/** Whole nodes of the domain, and what their queries answer at rest. */
import { expect } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { send } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { SimulatedNodes } from '../support/simulated-nodes.ts';

export interface GraphNode {
  readonly store: Store;
  /** Sends a client's command, so many milliseconds after the one before if time is simulated. */
  send(type: string, body: unknown, afterMs?: number): Promise<Outcome>;
  follow(follower: string, ...followees: readonly string[]): Promise<void>;
  /** Resolves when policies and projections have nothing left to do, not even later. */
  rest(): Promise<void>;
  /** What a query answers now. */
  answer(name: string, params: object, search?: object): Promise<unknown>;
  /** What a query answers at rest. */
  ask(name: string, params: object, search?: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** How long a node is given to come to rest, in milliseconds. */
const PATIENCE_MS = 20_000;

async function isAtRest(engine: Engine): Promise<boolean> {
  const { idle, policies } = await engine.policies();
  return idle && policies.every(({ timers }) => timers === 0);
}

function speakTo(
  node: Pick<GraphNode, 'store' | 'send' | 'rest' | 'stop'> & { readonly engine: Engine },
  run: <T>(promise: Promise<T>) => Promise<T>,
): GraphNode {
  const graph: GraphNode = {
    store: node.store,
    send: node.send,
    rest: node.rest,
    stop: node.stop,
    async follow(followerId, ...followees) {
      for (const followeeId of followees) {
        const { status } = await graph.send('FollowAccount', { followerId, followeeId });
        if (status !== 'accepted') throw new Error(`${followerId} cannot follow ${followeeId}`);
      }
    },
    async answer(name, params, search = {}) {
      const query = app.queries.find((candidate) => candidate.name === name);
      if (!query) throw new Error(`there is no query ${name}`);
      const input = { params: query.params.parse(params), search: query.search.parse(search) };
      const found = await run(node.engine.query(query, input));
      if (found === null) return null;
      // As it is described: nothing else, and nothing less.
      expect(query.result.parse(found)).toEqual(found);
      return found;
    },
    async ask(...question) {
      await graph.rest();
      return graph.answer(...question);
    },
  };
  return graph;
}

/** A node on a store in memory, under a clock of its own. */
export async function simulatedGraph(): Promise<GraphNode & { now(): string }> {
  const nodes = new SimulatedNodes();
  const node = await nodes.start(app);
  const graph = speakTo(
    {
      engine: node.engine,
      store: nodes.store,
      async send(type, body, afterMs = 5) {
        await nodes.time.advance(afterMs);
        return nodes.send(node, type, body);
      },
      rest: () => nodes.until(() => isAtRest(node.engine), 200),
      stop: node.stop,
    },
    (promise) => nodes.run(promise),
  );
  return { ...graph, now: () => new Date(nodes.time.now()).toISOString() };
}

/** A node on any store, which it does not close. */
export async function graphOn(store: Store): Promise<GraphNode> {
  const engine = createEngine({
    app,
    store,
    runtime: createSystemRuntime(),
    log: createTestLog(),
    strict: true,
  });
  await engine.start();
  return speakTo(
    {
      engine,
      store,
      send: (type, body) => send(engine, type, body),
      rest: () =>
        expect.poll(() => isAtRest(engine), { timeout: PATIENCE_MS, interval: 20 }).toBe(true),
      stop: () => engine.drain(),
    },
    (promise) => promise,
  );
}

/** A simulated node with these accounts: `ann` is `ann@example.org`, her username `user_ann`. */
export async function withGraph(...ids: readonly string[]) {
  const graph = await simulatedGraph();
  for (const id of ids) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    const { status } = await graph.send('RegisterAccount', body);
    if (status !== 'accepted') throw new Error(`there is an account ${id} already`);
  }
  return graph;
}
