import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Runtime } from './runtime.ts';

/** Random characters fetched at once, since asking for few costs as much as asking for many. */
const POOL_BYTES = 12 * 512;

/** About 25 days. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The runtime of a real process: its clock, its timers, its randomness. */
export function createSystemRuntime(): Runtime {
  let pool = '';
  let used = 0;
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    busyMs: () => performance.eventLoopUtilization().active,
    uuid: () => randomUUID(),
    token() {
      if (used + 16 > pool.length) {
        pool = randomBytes(POOL_BYTES).toString('base64url');
        used = 0;
      }
      used += 16;
      return pool.slice(used - 16, used);
    },
    random: () => Math.random(),
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      // As many as there are commands may wait for the end of one work: no leak to warn of.
      if (signal) setMaxListeners(0, signal);
      // Not the promises' timer: that makes an error, with its stack, at every abort.
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        // Beyond that a timer of the platform is over at once.
        const timer = setTimeout(end, Math.min(ms, TIMER_MS_MAX));
        signal?.addEventListener('abort', end);
      });
    },
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
  };
}
