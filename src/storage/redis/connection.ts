import type { Command } from 'ioredis';
import type { Gate } from './gate.ts';

/**
 * The way to one server or to a cluster. It reconnects by itself, and opens its gate only to a
 * server that was looked at. It never sends anything twice.
 */
export interface Connection {
  readonly gate: Gate;
  /** Whether commands sent one after another run in that order. */
  readonly keepsOrder: boolean;
  /** As {@link Store.epoch}; raised before the gate opens. */
  epoch(): number;
  /** Sends a command now, with what else this tick sends. Its promise settles when it is answered. */
  send(command: Command): void;
  /** Partitions that lie on different servers, together on all of them. */
  probes(partitions: number): readonly number[];
  /** How many replicas have what was committed through this connection to a key's server. */
  replicated(key: string, replicas: number): Promise<number>;
  /** Gives the connection up because answers are overdue: everything under way fails. */
  drop(): void;
  close(): void;
}
