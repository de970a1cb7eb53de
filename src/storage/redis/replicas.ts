import { Command } from 'ioredis';
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
