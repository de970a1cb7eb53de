import { Command } from 'ioredis';
import { StoreUnavailable } from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import { integer } from './reply.ts';

/**
 * Asks one server how many replicas have all that this connection wrote. `WAIT` holds up the
 * connection, so that all who ask in one tick share one.
 */
export class ReplicaWait {
  #asked: Promise<number> | null = null;

  constructor(
    private readonly send: (command: Command) => void,
    private readonly timeoutMs: number,
  ) {}

  /** How many replicas confirmed in time; `enough` ends the waiting early. */
  count(enough: number): Promise<number> {
    if (this.#asked !== null) return this.#asked;
    const command = new Command('wait', [String(enough), String(this.timeoutMs)]);
    this.#asked = command.promise.then(integer);
    this.send(command);
    setImmediate(() => {
      this.#asked = null;
    });
    return this.#asked;
  }
}

/** Holds answers back until enough replicas have what they answer. */
export class Replication {
  /** @param enough 0: nothing is waited for */
  constructor(
    private readonly calls: Calls,
    private readonly enough: number,
  ) {}

  /**
   * @param key on the server that wrote
   * @throws StoreUnavailable where too few replicas confirm in time
   */
  confirm<Answer>(key: string, answer: Answer): Answer | Promise<Answer> {
    return this.enough > 0 ? this.#confirmed(key, answer) : answer;
  }

  async #confirmed<Answer>(key: string, answer: Answer): Promise<Answer> {
    const replicas = await this.calls.replicated(key, this.enough);
    if (replicas >= this.enough) return answer;
    const message = `${replicas} of ${this.enough} replicas confirmed the commit in time`;
    throw new StoreUnavailable(message, 'unknown');
  }
}
