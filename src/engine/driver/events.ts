import { noEffect } from '../../define/no-effect.ts';
import type { EmittedEvent } from '../driver.ts';
import { MachineFault } from './fault.ts';
import type { CollectedAction } from './scope.ts';

/**
 * Sorts the actions of an aggregate's step into what it emitted, and whether it said `noEffect`.
 * @throws MachineFault for an action that no aggregate can do
 */
export function sortEvents(actions: readonly CollectedAction[]): {
  readonly events: readonly EmittedEvent[];
  readonly accepted: boolean;
} {
  const events: EmittedEvent[] = [];
  let accepted = false;
  for (const action of actions) {
    if (action.type === 'xstate.emit') {
      events.push((action.params as { event: EmittedEvent }).event);
    } else if (action.exec === noEffect) {
      accepted = true;
    } else if (action.type === 'xstate.raise' && isImmediate(action.params)) {
      // Already taken within the same macrostep.
    } else if (action.type !== 'xstate.log') {
      throw new MachineFault(
        `the action ${action.type} has no meaning in an aggregate: it can emit, assign, raise without delay, and noEffect`,
      );
    }
  }
  return { events, accepted };
}

function isImmediate(params: unknown): boolean {
  return (params as { delay?: number }).delay === undefined;
}
