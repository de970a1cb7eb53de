import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers that wait for those to what was asked before on their connections. */
export class QueuedAnswers {
  readonly #waiting = new WeakMap<Duplex, Set<ServerResponse>>();

  /**
   * Has an answer that waits end with its connection. Node tells that to the one alone whose turn it is:
   * a stream behind that would go on for nobody.
   */
  endWith(connection: Duplex, outgoing: ServerResponse): void {
    // It is its turn.
    if (outgoing.socket !== null) return;
    const waiting = this.#waitingOn(connection);
    waiting.add(outgoing);
    outgoing.once('socket', () => waiting.delete(outgoing));
  }

  #waitingOn(connection: Duplex): Set<ServerResponse> {
    const known = this.#waiting.get(connection);
    if (known) return known;
    const waiting = new Set<ServerResponse>();
    this.#waiting.set(connection, waiting);
    connection.once('close', () => {
      for (const outgoing of waiting) {
        outgoing.destroy();
        outgoing.emit('close');
      }
    });
    return waiting;
  }
}
