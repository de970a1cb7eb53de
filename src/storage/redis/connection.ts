import type { Command, Redis } from 'ioredis';
import type { Gate } from './gate.ts';
import type { TracedCommand } from './replicas.ts';

/** A server that says what is said on some channels. */
export interface Shard {
  /** Its name: the same as long as it is the same server. */
  readonly at: string;
  /** The connection to it. */
  readonly node: Redis;
  readonly channels: readonly string[];
}

/**
 * The way to one server or to a cluster. It reconnects by itself, and opens its gate only to a
 * server that was looked at. It never sends anything twice.
 */
export interface Connection {
  readonly gate: Gate;
  /** Whether commands sent one after another run in that order. */
  readonly keepsOrder: boolean;
  /** The number of the database that everything lies in. */
  readonly database: number;
  /** As {@link Store.epoch}; raised before the gate opens. */
  epoch(): number;
  /** Sends a command now, with what else this tick sends. Its promise settles when it is answered. */
  send(command: Command): void;
  /** Partitions that lie on different servers, together on all of them. */
  probes(partitions: number): readonly number[];
  /** As {@link Replicas.count}. */
  replicated(command: TracedCommand, probe: string, enough: number): Promise<number>;
  /** The servers that channels belong to, as far as it is known. */
  shards(channels: readonly string[]): readonly Shard[];
  /** Has `listener` called when that may have changed. */
  onShards(listener: () => void): void;
  /** Looks, soon, whether it has changed. */
  lookAgain(): void;
  /** Gives the connection up because answers are overdue: everything under way fails. */
  drop(): void;
  close(): void;
}
