import { freePort, type RedisServer, startRedis } from './redis.ts';
import { confirmed, inStep, ok, says } from './redis-replica.ts';

/** A real cluster of three masters. */
export interface RedisCluster {
  /** As a store is given it: the addresses of all that were masters at the start. */
  readonly url: string;
  /** The masters at the start. */
  readonly nodes: readonly RedisServer[];
  /** The replica that each of them had at the start, in the same order; none unless asked for. */
  readonly replicas: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const NODES = 3;

/**
 * Starts a cluster and resolves once every node says that it is complete.
 * @param args further ones of every node
 */
export async function startRedisCluster(
  args: readonly string[] = [],
  { replicas: hasReplicas = false }: { readonly replicas?: boolean } = {},
): Promise<RedisCluster> {
  const buses = new Map<RedisServer, number>();
  const start = async () => {
    const bus = await freePort();
    const own = ['--cluster-enabled', 'yes', '--cluster-port', String(bus)];
    const node = await startRedis({ args: [...own, ...args] });
    buses.set(node, bus);
    return node;
  };
  const nodes: RedisServer[] = [];
  const replicas: RedisServer[] = [];
  for (let n = 0; n < NODES; n++) nodes.push(await start());
  if (hasReplicas) for (let n = 0; n < NODES; n++) replicas.push(await start());
  const [first, ...others] = [...nodes, ...replicas];
  if (first === undefined) throw new Error('there is no node');
  for (const [n, node] of nodes.entries()) {
    const from = Math.floor((SLOTS * n) / NODES);
    const to = Math.floor((SLOTS * (n + 1)) / NODES) - 1;
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    // Each has an epoch of its own, or two of them could claim the same slots.
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1));
  }
  for (const node of others) {
    await node.command('CLUSTER', 'MEET', '127.0.0.1', String(first.port), `${buses.get(first)}`);
  }
  await Promise.all(nodes.map(complete));
  for (const [n, replica] of replicas.entries()) {
    const master = nodes[n];
    if (master !== undefined) await replicate(replica, master);
  }
  if (hasReplicas) await Promise.all(nodes.map(confirmed));
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    replicas,
    stop: async () => {
      await Promise.all([...nodes, ...replicas].map((node) => node.stop()));
    },
  };
}

/** Resolves once a node sees all slots served and all nodes that serve them. */
export function complete(node: RedisServer): Promise<void> {
  return says(node, ['CLUSTER', 'INFO'], (info) => {
    return info.includes('cluster_state:ok') && info.includes(`cluster_size:${NODES}`);
  });
}

/** What a command that answers with one line or one text answered. */
async function lineOf(node: RedisServer, ...words: string[]): Promise<string> {
  const reply = await node.command(...words);
  return reply.replace(/^\$\d+\r\n|^[:+]/, '').trim();
}

/** Makes a node the replica of another, and resolves once it has all that the other has. */
async function replicate(replica: RedisServer, master: RedisServer): Promise<void> {
  const id = await lineOf(master, 'CLUSTER', 'MYID');
  await says(replica, ['CLUSTER', 'REPLICATE', id], (reply) => reply.startsWith('+OK'));
  await inStep(replica);
}

/** Resolves once a node that was a replica serves the slots of its master. */
export async function promoted(replica: RedisServer): Promise<void> {
  await says(replica, ['ROLE'], (role) => role.includes('master'));
  await ok(replica.command('CONFIG', 'SET', 'masterauth', ''));
  await complete(replica);
}

/** The node, among those that run, that serves a key, and its slot. */
export async function servingOf(
  nodes: readonly RedisServer[],
  key: string,
): Promise<{ readonly slot: string; readonly node: RedisServer }> {
  for (const node of nodes) {
    const slot = await lineOf(node, 'CLUSTER', 'KEYSLOT', key);
    const reply = await node.command('EXISTS', key);
    if (reply.startsWith(':')) return { slot, node };
  }
  throw new Error(`no node serves ${key}`);
}

/** A slot that is on its way from one node to another. */
export interface MovingSlot {
  /** Takes some of its keys over. @returns how many were left to take */
  move(count: number): Promise<number>;
  /** Takes over what is left and gives the slot to its new node. */
  end(): Promise<void>;
}

/** Begins to move a slot, as `redis-cli --cluster reshard` does. */
export async function beginMove(
  slot: string,
  from: RedisServer,
  to: RedisServer,
  all: readonly RedisServer[],
): Promise<MovingSlot> {
  const ids = {
    from: await lineOf(from, 'CLUSTER', 'MYID'),
    to: await lineOf(to, 'CLUSTER', 'MYID'),
  };
  await ok(to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids.from));
  await ok(from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids.to));
  const move = async (count: number) => {
    const listed = await from.command('CLUSTER', 'GETKEYSINSLOT', slot, String(count));
    const keys = listed.split('\r\n').filter((line) => line.startsWith('es'));
    for (const key of keys) {
      const reply = await from.command('MIGRATE', '127.0.0.1', String(to.port), key, '0', '5000');
      // It may have expired, or been removed, since it was listed.
      if (!/^\+(?:OK|NOKEY)/.test(reply)) throw new Error(`${key}: ${reply}`);
    }
    return keys.length;
  };
  return {
    move,
    end: async () => {
      while ((await move(100)) > 0);
      // The new one first: it must know before the old one sends anybody there.
      const others = all.filter((node) => node !== from && node !== to);
      for (const node of [to, from, ...others]) {
        await ok(node.command('CLUSTER', 'SETSLOT', slot, 'NODE', ids.to));
      }
    },
  };
}
