import type { Runtime } from '../runtime.ts';
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
