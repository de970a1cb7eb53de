import type { AnyStateNode } from 'xstate';
import type { AggregateDefinition } from '../aggregate.ts';
import { noEffect } from '../no-effect.ts';
import { afterProblem } from './delay.ts';
import { quote, type Report } from './fault.ts';
import { nameOf } from './reference.ts';
import type { BuiltIn, Known, MachineRules } from './rules.ts';

const NO_TIMERS = 'durable timers are not available to aggregates';
const NO_EFFECTS = 'durable effects are not available to aggregates';

const USABLE =
  'an aggregate can assign, emit, raise without delay, log, enqueueActions and noEffect';

/** What XState's own actions cannot do in an aggregate, and why. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  'xstate.spawnChild': `${NO_EFFECTS}: it cannot spawnChild`,
  'xstate.stopChild': 'an aggregate has no children: it cannot stopChild',
  'xstate.sendTo': 'an aggregate sends nothing to other actors: it cannot sendTo',
  'xstate.cancel': `${NO_TIMERS}: there is nothing to cancel`,
};

const WITHIN_THE_STEP = new Set([
  'xstate.assign',
  'xstate.emit',
  'xstate.raise',
  'xstate.log',
  'xstate.enqueueActions',
]);

/** What an aggregate's machine can do: decide, within one step. */
export function aggregateRules({ events }: AggregateDefinition): MachineRules {
  return {
    usable: USABLE,
    known: new Set([noEffect]),
    refuse: (action) => refuse(action, events),
    checkWaiting,
    endsAtOnce: 'the machine ends before its first command',
    cannotSpawn: `${NO_EFFECTS}: nothing can be invoked here`,
  };
}

function refuse(
  { type, delay, event, refuses }: BuiltIn,
  events: AggregateDefinition['events'],
): string | null {
  if (!WITHIN_THE_STEP.has(type)) return UNAVAILABLE[type] ?? USABLE;
  if (type === 'xstate.raise' && delay !== undefined) {
    return `${NO_TIMERS}: it cannot raise with a delay`;
  }
  if (refuses !== null && !(Object.hasOwn(events, refuses) && events[refuses]?.rejection)) {
    return `it refuses by ${quote(refuses)}, which is not declared as a rejection`;
  }
  const emitted = type === 'xstate.emit' ? nameOf(event) : null;
  return emitted !== null && !Object.hasOwn(events, emitted)
    ? `it emits ${quote(emitted)}, which is not declared`
    : null;
}

function checkWaiting(node: AnyStateNode, field: string, known: Known, report: Report): void {
  if (node.invoke.length > 0) {
    known.children = true;
    report(`${field}.invoke`, `${NO_EFFECTS}: nothing can be invoked here`);
  }
  for (const delay of Object.keys(node.config.after ?? {})) {
    report(`${field}.after.${delay}`, `${NO_TIMERS}: a delay cannot be used here`);
    const problem = afterProblem(delay, node.machine);
    if (problem !== null) report(`${field}.after.${delay}`, problem);
  }
}
