/** Which transitions refuse, as far as it can be told of a machine that does not run. */
import type { AnyTransitionDefinition } from 'xstate';
import type { EventMap } from '../../define/event.ts';
import { refusalOf } from '../../define/refuse.ts';

/** What is known of a transition that refuses whatever takes it. */
export interface Refusal {
  /** `null` where only the step tells it. */
  readonly reason: string | null;
}

/**
 * That a transition refuses whatever takes it: one of its actions emits a rejection in any case.
 * `null` says that nothing is known: it may refuse all the same, by code that makes its event.
 */
export function refusalBy(
  { source, actions }: AnyTransitionDefinition,
  events: EventMap,
): Refusal | null {
  const { actions: named } = source.machine.implementations;
  for (const action of actions) {
    const { type, params } = partsOf(action);
    const name = typeof action === 'string' ? action : type;
    const made = typeof name === 'string' && Object.hasOwn(named, name) ? named[name] : action;
    if (refusalOf(made) !== null) return { reason: reasonIn(params) };
    // What `emit` was given as it is, not as code.
    const { type: kind, event } = partsOf(made);
    const emitted = partsOf(kind === 'xstate.emit' ? event : null);
    if (typeof emitted.type === 'string' && isRejection(events, emitted.type)) {
      return { reason: reasonIn(emitted.data) };
    }
  }
  return null;
}

function isRejection(events: EventMap, type: string): boolean {
  return Object.hasOwn(events, type) && events[type]?.rejection === true;
}

function reasonIn(data: unknown): string | null {
  const { reason } = partsOf(data);
  return typeof reason === 'string' ? reason : null;
}

/** What an action, or what it was made of, carries beside what it does. */
function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  const carries = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return carries ? (value as Record<string, unknown>) : {};
}
