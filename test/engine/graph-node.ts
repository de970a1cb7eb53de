/** A whole node of the domain under simulated time, whose answers are those at rest. */
import { app } from '../../machines/index.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';

export interface GraphNode {
  /** Sends a client's command, some milliseconds after the one before. */
  send(type: string, body: unknown): Promise<Outcome>;
  follow(follower: string, ...followees: readonly string[]): Promise<void>;
  /** What a query answers once policies and projections are at rest. */
  ask(name: string, params: object, search?: object): Promise<unknown>;
  /** The clock, as events have it. */
  now(): string;
}

/** A node with these accounts: `ann` is `ann@example.org`, her username `user_ann`. */
export async function withGraph(...ids: readonly string[]): Promise<GraphNode> {
  const nodes = new SimulatedNodes();
  const node: SimulatedNode = await nodes.start(app);
  /** A cleanup that waits for its timer is not due, so that the node is idle: it is looked for. */
  const atRest = async () => {
    const waiting = await node.engine.instances('account-cleanup', { limit: 1, cursor: null });
    return waiting?.items.length === 0 && (await node.engine.policies()).idle;
  };
  const graph: GraphNode = {
    async send(type, body) {
      await nodes.time.advance(5);
      return nodes.send(node, type, body);
    },
    async follow(followerId, ...followees) {
      for (const followeeId of followees) {
        const { status } = await graph.send('FollowAccount', { followerId, followeeId });
        if (status !== 'accepted') throw new Error(`${followerId} cannot follow ${followeeId}`);
      }
    },
    async ask(name, params, search = {}) {
      await nodes.until(atRest, 200);
      const query = app.queries.find((candidate) => candidate.name === name);
      if (!query) throw new Error(`there is no query ${name}`);
      const input = { params: query.params.parse(params), search: query.search.parse(search) };
      const answer = await nodes.run(node.engine.query(query, input));
      return answer === null ? null : query.result.parse(answer);
    },
    now: () => new Date(nodes.time.now()).toISOString(),
  };
  for (const id of ids) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    const { status } = await graph.send('RegisterAccount', body);
    if (status !== 'accepted') throw new Error(`there is an account ${id} already`);
  }
  return graph;
}
