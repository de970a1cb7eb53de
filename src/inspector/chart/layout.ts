/** Has graphs laid out in a thread of its own, which runs only while there are any. */
import { Worker } from 'node:worker_threads';
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import { z } from 'zod';

/** How long one graph may take, in milliseconds; some hundred states take less than one second. */
const LAYOUT_MS_MAX = 10_000;
/** For how long the thread is kept after its last graph, in milliseconds. */
const IDLE_MS = 10_000;

/** A graph could not be laid out, or not in time. */
export class LayoutFault extends Error {
  override readonly name = 'LayoutFault';
}

interface Waiting {
  readonly resolve: (laidOut: ElkNode) => void;
  readonly reject: (fault: LayoutFault) => void;
  readonly timer: NodeJS.Timeout;
}

const answerSchema = z.union([
  // What elkjs gave back is read part by part, where it is made a chart of.
  z.object({ id: z.int(), laidOut: z.custom<ElkNode>((value) => value instanceof Object) }),
  z.object({ id: z.int(), fault: z.string() }),
]);

/** Lays graphs out. Holds back no process from ending. */
export class Layouter {
  readonly #limits: { readonly layoutMsMax: number; readonly idleMs: number };
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #lastId = 0;

  constructor(limits = { layoutMsMax: LAYOUT_MS_MAX, idleMs: IDLE_MS }) {
    this.#limits = limits;
  }

  /** Whether its thread runs. */
  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** @throws LayoutFault */
  layOut(graph: ElkNode): Promise<ElkNode> {
    if (this.#idle) clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const tooLong = () => this.#end(worker, 'it took too long');
      const timer = setTimeout(tooLong, this.#limits.layoutMsMax).unref();
      this.#waiting.set(id, { resolve, reject, timer });
      worker.postMessage({ id, graph });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (message: unknown) => this.#settle(worker, message));
    worker.on('error', (error) => this.#end(worker, String(error)));
    worker.on('exit', () => this.#end(worker, 'its thread ended'));
    return worker;
  }

  #settle(worker: Worker, message: unknown): void {
    const answer = answerSchema.parse(message);
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('laidOut' in answer) waiting.resolve(answer.laidOut);
    else waiting.reject(new LayoutFault(answer.fault));
    if (this.#waiting.size > 0) return;
    this.#idle = setTimeout(() => this.#end(worker, 'it was idle'), this.#limits.idleMs).unref();
  }

  /** All that the thread was to do comes to nothing; what comes after finds a new one. */
  #end(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new LayoutFault(`the chart could not be laid out: ${why}`));
    }
    this.#waiting.clear();
    void worker.terminate();
  }
}
