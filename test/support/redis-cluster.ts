import { freePort, type RedisServer, startRedis } from './redis.ts';

/** A real cluster of three masters, without replicas. */
export interface RedisCluster {
  /** As a store is given it: the addresses of all nodes. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const NODES = 3;

/** Starts a cluster and resolves once every node says that it is complete. */
export async function startRedisCluster(args: readonly string[] = []): Promise<RedisCluster> {
  const buses: number[] = [];
  const nodes: RedisServer[] = [];
  for (let n = 0; n < NODES; n++) {
    const bus = await freePort();
    const own = ['--cluster-enabled', 'yes', '--cluster-port', String(bus)];
    nodes.push(await startRedis({ args: [...own, ...args] }));
    buses.push(bus);
  }
  for (const [n, node] of nodes.entries()) {
    const from = Math.floor((SLOTS * n) / NODES);
    const to = Math.floor((SLOTS * (n + 1)) / NODES) - 1;
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    // Each has an epoch of its own, or two of them could claim the same slots.
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1));
    const first = nodes[0];
    if (n > 0 && first !== undefined) {
      const [port, bus] = [String(first.port), String(buses[0])];
      await node.command('CLUSTER', 'MEET', '127.0.0.1', port, bus);
    }
  }
  await Promise.all(nodes.map(complete));
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** Resolves once a node sees all slots served and all nodes. */
export async function complete(node: RedisServer): Promise<void> {
  const until = Date.now() + 20_000;
  let info = '';
  while (Date.now() < until) {
    info = await node.command('CLUSTER', 'INFO');
    if (info.includes('cluster_state:ok') && info.includes(`cluster_size:${NODES}`)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the cluster did not become complete:\n${info}`);
}
