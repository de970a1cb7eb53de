import type { IncomingMessage } from 'node:http';

/** How a request's body ended: whole, cut off by its client, or no longer wanted. */
export type InputEnd = 'end' | 'gone' | 'stopped';

/** Reads a request's body piece by piece, only when asked to: an unread one stays with its client. */
export class Input {
  readonly #incoming: IncomingMessage;
  readonly #stopping: AbortSignal;
  #wake: (() => void) | null = null;
  readonly #onChange = () => this.#wake?.();

  /** @param stopping ends the reading, in the middle if need be */
  constructor(incoming: IncomingMessage, stopping: AbortSignal) {
    this.#incoming = incoming;
    this.#stopping = stopping;
    for (const event of ['readable', 'end', 'close']) incoming.on(event, this.#onChange);
    // The end that matters is seen by `next`; unheard, the event would end the process.
    incoming.on('error', this.#onChange);
    stopping.addEventListener('abort', this.#onChange);
  }

  /** The next bytes, or the end. */
  async next(): Promise<Buffer | InputEnd> {
    for (;;) {
      if (this.#stopping.aborted) return 'stopped';
      const chunk: Buffer | null = this.#incoming.read();
      if (chunk !== null) return chunk;
      if (this.#incoming.readableEnded) return 'end';
      if (this.#incoming.destroyed) return 'gone';
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Stops listening. */
  dispose(): void {
    this.#stopping.removeEventListener('abort', this.#onChange);
  }
}
