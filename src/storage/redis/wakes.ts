import type { Woken } from '../../engine/work-store.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { Subscriber } from './subscriber.ts';

/** What `wake.lua` is told to say where leases or living nodes changed. */
const NODES = 'nodes';

/**
 * Passes on what the servers say may have news. Listens on each server that has partitions, from
 * the first listener on.
 */
export class Wakes {
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #listeners = new Set<(woken: Woken) => void>();
  /** By server. */
  readonly #subscribers = new Map<string, Subscriber>();
  #closed = false;
  #warned = false;

  /** @param onWarning told once where the user may not listen */
  constructor(
    private readonly connection: Connection,
    keys: Keys,
    private readonly onWarning: (message: string) => void,
  ) {
    this.#partitions = new Map(
      Array.from({ length: keys.partitions }, (_, partition) => [
        keys.channel(partition),
        partition,
      ]),
    );
    connection.onShards(() => this.#follow());
  }

  listen(listener: (woken: Woken) => void): () => void {
    // One function may be given twice, and be taken back once.
    const own = (woken: Woken) => listener(woken);
    this.#listeners.add(own);
    this.#follow();
    return () => {
      this.#listeners.delete(own);
    };
  }

  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
  }

  /** Listens on the servers as they are now. */
  #follow(): void {
    if (this.#closed || this.#listeners.size === 0) return;
    const shards = this.connection.shards([...this.#partitions.keys()]);
    for (const [at, subscriber] of this.#subscribers) {
      const shard = shards.find((each) => each.at === at);
      if (shard && sameNames(shard.channels, subscriber.channels)) continue;
      subscriber.close();
      this.#subscribers.delete(at);
    }
    for (const { at, node, channels } of shards) {
      if (this.#subscribers.has(at)) continue;
      const subscriber = new Subscriber(node, channels, {
        message: (channel, news) => {
          const woken = news === NODES ? NODES : this.#partitions.get(channel);
          if (woken !== undefined) this.#tell(woken);
        },
        subscribed: () => this.#tell('all'),
        forbidden: () => this.#warn(at),
        strayed: () => this.connection.lookAgain(),
      });
      this.#subscribers.set(at, subscriber);
    }
  }

  #warn(at: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.onWarning(
      `${at} does not let this user use channels: policies notice what is committed only every ` +
        'few seconds. Grant them by ACL SETUSER with &es*.',
    );
  }

  #tell(woken: Woken): void {
    for (const listener of this.#listeners) listener(woken);
  }
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}
