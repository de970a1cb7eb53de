import type { AggregateDefinition } from '../aggregate.ts';
import { noEffect } from '../no-effect.ts';
import { quote, type Report } from './fault.ts';
import { nameOf } from './reference.ts';

const USABLE =
  'an aggregate can assign, emit, raise without delay, log, enqueueActions and noEffect';

/** What XState's own actions cannot do in an aggregate, and why. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  'xstate.spawnChild': 'durable effects are not available to aggregates: it cannot spawnChild',
  'xstate.stopChild': 'an aggregate has no children: it cannot stopChild',
  'xstate.sendTo': 'an aggregate sends nothing to other actors: it cannot sendTo',
  'xstate.cancel': 'durable timers are not available to aggregates: there is nothing to cancel',
};

const WITHIN_THE_STEP = new Set([
  'xstate.assign',
  'xstate.emit',
  'xstate.raise',
  'xstate.log',
  'xstate.enqueueActions',
]);

/** Faults that show again when the machine starts, where they would be named a second time. */
export interface Known {
  /** A named guard or action is not there. */
  missing: boolean;
  /** Something invokes or spawns. */
  children: boolean;
}

/** That an action is there, that the engine can run it, and that what it emits is declared. */
export function checkAction(
  action: unknown,
  aggregate: AggregateDefinition,
  field: string,
  known: Known,
  report: Report,
): void {
  const { actions } = aggregate.machine.implementations;
  const name = nameOf(action);
  if (name !== null && !Object.hasOwn(actions, name)) {
    known.missing = true;
    report(`${field}.actions`, `the action ${quote(name)} is not implemented`);
    return;
  }
  const implementation: unknown = name === null ? action : actions[name];
  if (implementation === noEffect) return;
  const builtIn = builtInOf(implementation);
  const named = name === null ? '' : `the action ${quote(name)}: `;
  if (builtIn === null) {
    report(`${field}.actions`, `${named}code of its own is never run; ${USABLE}`);
  } else if (!WITHIN_THE_STEP.has(builtIn.type)) {
    if (builtIn.type === 'xstate.spawnChild') known.children = true;
    report(`${field}.actions`, `${named}${UNAVAILABLE[builtIn.type] ?? USABLE}`);
  } else if (builtIn.type === 'xstate.raise' && builtIn.delay !== undefined) {
    const problem = 'durable timers are not available to aggregates: it cannot raise with a delay';
    report(`${field}.actions`, `${named}${problem}`);
  } else if (builtIn.type === 'xstate.emit') {
    const event = nameOf(builtIn.event);
    if (event !== null && !Object.hasOwn(aggregate.events, event)) {
      report(`${field}.actions`, `${named}it emits ${quote(event)}, which is not declared`);
    }
  }
}

/** XState's own actions are functions that carry what they were made with. */
function builtInOf(
  implementation: unknown,
): { type: string; delay: unknown; event: unknown } | null {
  if (typeof implementation !== 'function' || !('resolve' in implementation)) return null;
  const type = nameOf({ ...implementation });
  if (type === null) return null;
  const delay = 'delay' in implementation ? implementation.delay : undefined;
  const event = 'event' in implementation ? implementation.event : undefined;
  return { type, delay, event };
}
