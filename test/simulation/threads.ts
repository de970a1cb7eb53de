import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, Worker } from 'node:worker_threads';
import { runSeed } from './run.ts';
import { type Told, toldOf } from './tally.ts';

/** Which seeds, and for how long. */
export interface Order {
  readonly from: number;
  readonly step: number;
  /** `null`: as many as there is time for. */
  readonly seedsMax: number | null;
  /** In ms of real time; `null`: as long as it takes. */
  readonly msMax: number | null;
  /** 0: in this thread. */
  readonly workers: number;
  readonly onResult: (told: Told) => void;
  /** Whether enough was seen. */
  readonly isEnough: () => boolean;
}

/** Runs seeds, one after another in each thread. */
export async function runMany(order: Order): Promise<void> {
  const since = performance.now();
  let given = 0;
  const next = (): number | null => {
    const isLate = order.msMax !== null && performance.now() - since > order.msMax;
    const isLast = order.seedsMax !== null && given >= order.seedsMax;
    if (isLate || isLast || order.isEnough()) return null;
    return order.from + order.step * given++;
  };
  if (order.workers === 0) {
    for (let seed = next(); seed !== null; seed = next()) {
      order.onResult(toldOf(await runSeed(seed)));
      // What a run left unhandled comes to light in it.
      await nextTurn();
    }
    return;
  }
  const threads = Array.from({ length: order.workers }, () => inThread(next, order.onResult));
  await Promise.all(threads);
}

function inThread(next: () => number | null, onResult: (told: Told) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url.replace('threads', 'index')));
  return new Promise((resolve, reject) => {
    const give = () => {
      const seed = next();
      if (seed !== null) return worker.postMessage(seed);
      worker.terminate().then(() => resolve(), reject);
    };
    worker.on('error', reject);
    worker.on('message', (told: Told) => {
      onResult(told);
      give();
    });
    give();
  });
}

/** In a thread: runs the seeds that it is given. */
export function serve(): void {
  parentPort?.on('message', (seed: number) => {
    void runSeed(seed).then((result) => parentPort?.postMessage(toldOf(result)));
  });
}
