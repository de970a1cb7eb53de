import { expect } from 'vitest';
import { API_PATH, type LiveFrame } from '../../src/inspector/protocol.ts';
import type { TestServer } from '../http/harness.ts';

/** Reads a live stream as a page does, frame by frame. */
export class LiveReader {
  /** Events by type, of all frames that came. */
  readonly events: Record<string, number> = {};
  skipped = 0;
  /** Where it would go on. */
  lastId = '';
  readonly #leaving: AbortController;
  readonly #response: Response;

  private constructor(response: Response, leaving: AbortController) {
    this.#response = response;
    this.#leaving = leaving;
  }

  /** Resolves once what happens from now on is told. @param after where it goes on */
  static async open(node: TestServer, after?: string): Promise<LiveReader> {
    const leaving = new AbortController();
    const response = await fetch(`${node.url}${API_PATH}/live`, {
      headers: after === undefined ? {} : { 'last-event-id': after },
      signal: leaving.signal,
    });
    expect(response.status).toBe(200);
    const reader = new LiveReader(response, leaving);
    void reader.#read();
    await expect.poll(() => reader.lastId, { interval: 5 }).not.toBe('');
    return reader;
  }

  /** Waits until so many events were told. */
  async until(count: number): Promise<void> {
    const told = () => Object.values(this.events).reduce((sum, each) => sum + each, 0);
    await expect.poll(told, { interval: 5 }).toBeGreaterThanOrEqual(count);
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const bytes of this.#response.body ?? []) {
        text += decoder.decode(bytes, { stream: true });
        const pieces = text.split('\n\n');
        text = pieces.pop() ?? '';
        for (const piece of pieces) this.#take(piece);
      }
    } catch (error) {
      if (!this.#leaving.signal.aborted) throw error;
    }
  }

  #take(piece: string): void {
    for (const line of piece.split('\n')) {
      if (line.startsWith('id: ')) this.lastId = line.slice(4);
      if (!line.startsWith('data: ')) continue;
      const { counts, skipped }: LiveFrame = JSON.parse(line.slice(6));
      for (const [type, count] of Object.entries(counts)) {
        this.events[type] = (this.events[type] ?? 0) + count;
      }
      this.skipped += skipped;
    }
  }
}
