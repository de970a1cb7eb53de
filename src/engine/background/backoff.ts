import type { Runtime } from '../runtime.ts';
import { StoreUnavailable } from '../store.ts';
import type { BackgroundLimits } from './limits.ts';

/**
 * How long to wait before the next try, in milliseconds: exponential with full jitter, as in
 * Marc Brooker's "Exponential Backoff and Jitter".
 * @param failures how often it failed before this time
 */
export function backoffMs(
  runtime: Runtime,
  { retryWaitMs, retryWaitMsMax }: BackgroundLimits,
  failures: number,
): number {
  return runtime.random() * Math.min(retryWaitMs * 2 ** Math.min(failures, 30), retryWaitMsMax);
}

/**
 * Tries until it succeeds, or is ended: then `null`. Does not reject.
 * @param complain told of what is no outage of the store, which shows elsewhere
 */
export async function insist<T>(
  { runtime, limits }: { readonly runtime: Runtime; readonly limits: BackgroundLimits },
  ending: AbortSignal,
  attempt: () => Promise<T>,
  complain: (error: unknown) => void,
): Promise<T | null> {
  for (let failures = 0; !ending.aborted; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) complain(error);
      await runtime.sleep(backoffMs(runtime, limits, failures), ending);
    }
  }
  return null;
}
