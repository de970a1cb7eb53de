/**
 * Writes lines in the order of their places, whatever order they come in. At most as many lines
 * as there is room for are held; a client that stops reading makes no room.
 */
export class OrderedOutput {
  /** The lines as bytes. */
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Lines that wait for an earlier one, or for the client to read. */
  readonly #waiting = new Map<number, string>();
  #reserved = 0;
  #written = 0;
  #isScheduled = false;
  #isGone = false;
  #wake: (() => void) | null = null;

  constructor() {
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#flush(),
      cancel: () => this.#leave(),
    });
  }

  /** Whether the client went away. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** The place of the next line. */
  reserve(): number {
    return this.#reserved++;
  }

  /** Gives the line of a place. */
  set(place: number, line: string): void {
    this.#waiting.set(place, line);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // What is settled together is written together.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  /** Resolves with how many of `placesMax` are free, once a quarter of them is, or on the end. */
  async room(placesMax: number): Promise<number> {
    while (this.#reserved - this.#written > placesMax * 0.75 && !this.#isGone) await this.change();
    return placesMax - (this.#reserved - this.#written);
  }

  /** Whether nothing is left to write, or nobody to write it to. */
  get isDone(): boolean {
    return this.#written === this.#reserved || this.#isGone;
  }

  /** Resolves when lines were written, the client went away, or on {@link wake}. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Has whoever waits for a change look again. */
  wake(): void {
    this.#wake?.();
  }

  /** Ends the answer. */
  close(): void {
    if (!this.#isGone) this.#controller?.close();
  }

  #leave(): void {
    this.#isGone = true;
    this.#waiting.clear();
    this.#wake?.();
  }

  #flush(): void {
    if (this.#isGone || !this.#controller || (this.#controller.desiredSize ?? 0) <= 0) return;
    const lines: string[] = [];
    for (;;) {
      const line = this.#waiting.get(this.#written);
      if (line === undefined) break;
      this.#waiting.delete(this.#written++);
      lines.push(line, '\n');
    }
    if (lines.length === 0) return;
    this.#controller.enqueue(Buffer.from(lines.join('')));
    this.#wake?.();
  }
}
