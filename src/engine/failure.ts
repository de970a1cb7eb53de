import { NewerState } from './driver.ts';
import type { Failure } from './outcome.ts';
import { StoreUnavailable } from './store.ts';

/** What an error that ended a turn makes of its commands. */
export function failureOf(error: unknown): Failure {
  if (error instanceof StoreUnavailable) return { code: 'unavailable' };
  // Nodes of newer code run beside this one: whoever tries again comes to one of them.
  if (error instanceof NewerState) return { code: 'unavailable', byNewer: true };
  return { code: 'system_error' };
}
