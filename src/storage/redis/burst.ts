import type { Redis } from 'ioredis';

/**
 * Lets everything that one tick sends leave in one write: half the cost for Redis, and less here.
 */
export class Burst {
  #corked: Redis['stream'][] = [];

  /** @param nodes the connections that a command may be written to */
  constructor(private readonly nodes: () => readonly Redis[]) {}

  /** To be called before each command is sent. */
  join(): void {
    if (this.#corked.length > 0) return;
    for (const { stream } of this.nodes()) {
      // A node that was not connected yet has no stream.
      if (stream === undefined) continue;
      stream.cork();
      this.#corked.push(stream);
    }
    if (this.#corked.length > 0) setImmediate(() => this.#leave());
  }

  #leave(): void {
    const streams = this.#corked;
    this.#corked = [];
    for (const stream of streams) stream.uncork();
  }
}
