import { Cluster, Command, type Redis } from 'ioredis';
import { StoreRefused } from '../../engine/store.ts';
import { type Ask, admitServer, admitStore, type Server, serverInfo } from './admission.ts';
import { Burst } from './burst.ts';
import type { Connection, Shard } from './connection.ts';
import { isReplyError, messageOf, NeverSent } from './faults.ts';
import { Gate } from './gate.ts';
import { CALL_MS, reconnectDelayMs } from './limits.ts';
import { Replicas, type TracedCommand } from './replicas.ts';

/** How often a command that a node turned away is sent again, and the pause before it. */
const REDIRECTIONS_MAX = 5;
const REDIRECTION_PAUSE_MS = 100;

/** The states of a node's connection in which it writes a command, or connects and then writes it. */
const TAKES_COMMANDS: ReadonlySet<string> = new Set(['ready', 'wait']);

/** The way to a cluster: one connection to each of its nodes; ioredis finds a key's node. */
export class ClusterConnection implements Connection {
  readonly gate = new Gate();
  readonly keepsOrder = false;
  /** A cluster has no other. */
  readonly database = 0;
  readonly #cluster: Cluster;
  readonly #burst: Burst;
  readonly #replicas: Replicas;
  #epoch = 0;
  #topology = '';
  #onShards: () => void = () => {};

  /** The arguments are as of a single connection; user and password are the first node's. */
  constructor(
    nodes: readonly URL[],
    private readonly at: string,
    private readonly partitions: number,
    private readonly onServer: (server: Server) => void,
  ) {
    const [first] = nodes;
    this.#cluster = new Cluster(
      nodes.map((url) => ({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port) || 6379,
      })),
      {
        clusterRetryStrategy: reconnectDelayMs,
        // What a node turned away did not run, and is sent again. What may have run is not: no
        // retry when a connection is lost.
        maxRedirections: REDIRECTIONS_MAX,
        retryDelayOnTryAgain: REDIRECTION_PAUSE_MS,
        retryDelayOnClusterDown: REDIRECTION_PAUSE_MS,
        retryDelayOnFailover: 0,
        enableOfflineQueue: false,
        slotsRefreshTimeout: CALL_MS,
        redisOptions: {
          ...credentials(first),
          protocol: 2,
          connectTimeout: CALL_MS,
          disableClientInfo: true,
          autoResendUnfulfilledCommands: false,
          maxRetriesPerRequest: 0,
          // A frozen node is given up on its own, without harm to the others.
          socketTimeout: CALL_MS,
          commandTimeout: CALL_MS,
        },
      },
    );
    this.#burst = new Burst(() => this.#cluster.nodes('master'));
    this.#replicas = new Replicas(
      () => this.#cluster.nodes('master'),
      (node, command) => void node.sendCommand(command),
    );
    this.#cluster.on('error', (error: Error) => this.#failed(error));
    this.#cluster.on('node error', (error: Error) => this.#failed(error));
    this.#cluster.on('ready', () => void this.#admit());
    this.#cluster.on('close', () => this.gate.shut(null));
    // A node that comes or goes may be another one, or one with less in it, under the same address.
    this.#cluster.on('+node', () => this.#changed());
    this.#cluster.on('-node', () => this.#changed());
    this.#cluster.on('refresh', () => this.#compareTopology());
  }

  epoch(): number {
    return this.#epoch;
  }

  send(command: Command): void {
    const node = this.#nodeOf(command);
    if (node !== undefined && !TAKES_COMMANDS.has(node.status)) {
      // ioredis would say the same of this as of a command that was lost on its way.
      command.reject(new NeverSent('the node of this key is not connected yet'));
      return;
    }
    this.#burst.join();
    this.#cluster.sendCommand(command);
  }

  probes(partitions: number): readonly number[] {
    return Array.from({ length: partitions }, (_, partition) => partition);
  }

  replicated(command: TracedCommand, probe: string, enough: number): Promise<number> {
    return this.#replicas.count(command, probe, enough);
  }

  shards(channels: readonly string[]): readonly Shard[] {
    const nodes = new Map<Redis, string[]>();
    for (const channel of channels) {
      const node = this.#nodeOfKey(channel);
      if (node === undefined) continue;
      const known = nodes.get(node);
      if (known === undefined) nodes.set(node, [channel]);
      else known.push(channel);
    }
    return Array.from(nodes, ([node, own]) => ({ at: nameOf(node), node, channels: own }));
  }

  onShards(listener: () => void): void {
    this.#onShards = listener;
  }

  lookAgain(): void {
    if (this.#cluster.status === 'ready') this.#cluster.refreshSlotsCache();
  }

  drop(): void {
    // Each node's connection gives up by itself, after the same time.
  }

  close(): void {
    this.#cluster.disconnect();
  }

  /** The node that a command goes to, as far as it is known. */
  #nodeOf(command: Command): Redis | undefined {
    const [name] = this.#cluster.slots[command.getSlot()] ?? [];
    return this.#cluster.nodes('master').find((node) => nameOf(node) === name);
  }

  #nodeOfKey(key: string): Redis | undefined {
    return this.#nodeOf(new Command('get', [key]));
  }

  #changed(): void {
    this.#epoch += 1;
  }

  #compareTopology(): void {
    let topology = '';
    let before: string | undefined;
    for (const [slot, [master]] of this.#cluster.slots.entries()) {
      if (master !== before) topology += `${slot} ${master};`;
      before = master;
    }
    if (topology !== this.#topology) this.#changed();
    this.#topology = topology;
    this.#onShards();
  }

  async #admit(): Promise<void> {
    try {
      for (const node of this.#cluster.nodes('master')) {
        const at = `Redis at ${node.options.host}:${node.options.port}`;
        const ask: Ask = (name, ...args) => node.call(name, ...args);
        const server = await serverInfo(ask);
        admitServer(at, server);
        this.onServer(server);
      }
      const ask: Ask = (name, ...args) => this.#cluster.call(name, ...args);
      await admitStore(this.at, ask, this.partitions);
      if (this.#cluster.status === 'ready') this.gate.open();
    } catch (error) {
      this.#failed(error);
      if (this.#cluster.status === 'ready') this.#cluster.disconnect(true);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof StoreRefused) this.gate.refuse(error);
    else if (!this.gate.isOpen) {
      const plain = isReplyError(error) || !(error instanceof Error);
      this.gate.shut(plain ? new Error(messageOf(error)) : error);
    }
  }
}

function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

function credentials(url: URL | undefined): { username?: string; password?: string; tls?: object } {
  if (url === undefined) return {};
  return {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
