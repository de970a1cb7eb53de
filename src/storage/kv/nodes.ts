/**
 * The nodes that live. They are nowhere stored: the content has one process, and with it go the
 * nodes in it, so that the next process need not wait until their time is over.
 */
export class Nodes {
  /** Node → ms since 1970 until which it lives. */
  readonly #until = new Map<string, number>();

  /** @returns all that live at `now`, this one among them, in the order of their names */
  beat(node: string, ttlMs: number, now: number): readonly string[] {
    this.#until.set(node, now + Math.max(1, Math.ceil(ttlMs)));
    for (const [name, until] of this.#until) {
      if (until <= now) this.#until.delete(name);
    }
    return [...this.#until.keys()].sort();
  }

  leave(node: string): void {
    this.#until.delete(node);
  }
}
