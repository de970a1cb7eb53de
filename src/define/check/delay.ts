import type { AnyStateMachine } from 'xstate';
import { quote } from './fault.ts';

/** What is wrong with a key of `after`, a number or a name; `null`: nothing. */
export function afterProblem(key: string, machine: AnyStateMachine): string | null {
  return delayProblem(Number.isNaN(Number(key)) ? key : Number(key), machine);
}

/**
 * What is wrong with a delay as a machine gives it: a number, a name, or code; `null`: nothing.
 * Where a name is not implemented, XState would not wait at all.
 */
export function delayProblem(delay: unknown, machine: AnyStateMachine): string | null {
  const { delays } = machine.implementations;
  if (typeof delay === 'string' && !Object.hasOwn(delays, delay)) {
    return `the delay ${quote(delay)} is not implemented`;
  }
  const given: unknown = typeof delay === 'string' ? delays[delay] : delay;
  if (typeof given === 'function') return null;
  return typeof given === 'number' && given >= 0 && Number.isFinite(given)
    ? null
    : `${String(given)} ms is no delay`;
}
