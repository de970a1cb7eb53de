/** Has graphs laid out in a thread of its own, which runs only while there are any. */
import { Worker } from 'node:worker_threads';
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import { z } from 'zod';

/** How long one graph may take, in milliseconds; some hundred states take less than one second. */
const LAYOUT_MS_MAX = 10_000;
/** For how long the thread is kept after its last graph, in milliseconds. */
const IDLE_MS = 10_000;
/** What the thread may take of memory: enough for the largest graphs that are laid out. */
const HEAP_MB_MAX = 512;

/** @throws the system's error where it can have no thread more */
export function newThread(): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
}

/** A graph could not be laid out, or not in time. */
export class LayoutFault extends Error {
  override readonly name = 'LayoutFault';
}

/** A graph that somebody waits for. */
interface Waiting {
  readonly graph: ElkNode;
  readonly resolve: (laidOut: ElkNode) => void;
  readonly reject: (fault: LayoutFault) => void;
}

const answerSchema = z.union([
  // What elkjs gave back is read part by part, where it is made a drawing of.
  z.object({ laidOut: z.custom<ElkNode>((value) => value instanceof Object) }),
  z.object({ fault: z.string() }),
]);

/**
 * Lays graphs out, one after the other, so that each has its whole time, and a thread that dies of
 * one takes no other with it. Holds back no process from ending.
 */
export class Layouter {
  readonly #limits: { readonly layoutMsMax: number; readonly idleMs: number };
  readonly #thread: () => Worker;
  readonly #queue: Waiting[] = [];
  #underway: Waiting | null = null;
  #worker: Worker | null = null;
  /** Ends what takes too long, or a thread that has nothing to do. */
  #timer: NodeJS.Timeout | null = null;

  /** @param thread starts one */
  constructor(limits = { layoutMsMax: LAYOUT_MS_MAX, idleMs: IDLE_MS }, thread = newThread) {
    this.#limits = limits;
    this.#thread = thread;
  }

  /** Whether its thread runs. */
  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** @throws LayoutFault */
  layOut(graph: ElkNode): Promise<ElkNode> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ graph, resolve, reject });
      if (this.#underway === null) this.#next();
    });
  }

  #next(): void {
    const next = this.#queue.shift() ?? null;
    this.#underway = next;
    if (next === null) {
      if (this.#worker !== null) this.#endAfter(this.#limits.idleMs, this.#worker, 'it is idle');
      return;
    }
    try {
      const worker = this.#worker ?? this.#start();
      worker.postMessage(next.graph);
      this.#endAfter(this.#limits.layoutMsMax, worker, 'it takes too long');
    } catch (error) {
      // The system has room for no more threads: what comes after is tried all the same.
      next.reject(new LayoutFault(String(error), { cause: error }));
      this.#next();
    }
  }

  #start(): Worker {
    const worker = this.#thread();
    this.#worker = worker;
    worker.unref();
    worker.on('message', (message: unknown) => this.#settle(worker, message));
    worker.on('error', (error) => this.#end(worker, String(error)));
    worker.on('exit', () => this.#end(worker, 'its thread ended'));
    return worker;
  }

  #settle(worker: Worker, message: unknown): void {
    const answer = answerSchema.parse(message);
    const done = this.#underway;
    // What it says when it was given up already.
    if (this.#worker !== worker || done === null) return;
    if ('laidOut' in answer) done.resolve(answer.laidOut);
    else done.reject(new LayoutFault(answer.fault));
    this.#next();
  }

  #endAfter(delayMs: number, worker: Worker, why: string): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(worker, why), delayMs).unref();
  }

  /** What the thread was doing comes to nothing; what comes after finds a new one. */
  #end(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    if (this.#timer) clearTimeout(this.#timer);
    void worker.terminate();
    this.#underway?.reject(new LayoutFault(why));
    this.#next();
  }
}
