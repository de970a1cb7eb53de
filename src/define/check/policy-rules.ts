import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { noEffect } from '../no-effect.ts';
import { send } from '../send.ts';
import { afterProblem, delayProblem } from './delay.ts';
import type { Report } from './fault.ts';
import { checkInvokes } from './invoke.ts';
import type { BuiltIn, Known, MachineRules } from './rules.ts';

const USABLE =
  'a policy can send, assign, raise, cancel, log, enqueueActions and noEffect, and invoke effects';

/** What XState's own actions cannot do in a policy, and why. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  'xstate.emit': 'a policy records no events, it sends commands: it cannot emit',
  'xstate.spawnChild': 'a policy invokes effects: it cannot spawnChild',
  'xstate.stopChild': 'an effect ends when its state is left: it cannot stopChild',
  'xstate.sendTo': 'a policy sends commands, and nothing to other actors: it cannot sendTo',
};

const POSSIBLE = new Set([
  'xstate.assign',
  'xstate.raise',
  'xstate.cancel',
  'xstate.log',
  'xstate.enqueueActions',
]);

/** What a policy's machine can do: react, wait, and have commands sent and effects run. */
export const policyRules: MachineRules = {
  usable: USABLE,
  known: new Set([send, noEffect]),
  refuse,
  checkWaiting,
  endsAtOnce: 'the machine ends before its first event',
  cannotSpawn: 'a policy invokes effects, it cannot spawn',
};

function refuse({ type, delay, to }: BuiltIn, machine: AnyStateMachine): string | null {
  // Whether it is the machine itself that a function names is seen when it runs.
  const mayBeToSelf = type === 'xstate.sendTo' && typeof to === 'function' && delay !== undefined;
  if (!mayBeToSelf && !POSSIBLE.has(type)) return UNAVAILABLE[type] ?? USABLE;
  return delay === undefined ? null : delayProblem(delay, machine);
}

function checkWaiting(node: AnyStateNode, field: string, known: Known, report: Report): void {
  checkInvokes(node, field, known, report);
  for (const delay of Object.keys(node.config.after ?? {})) {
    const problem = afterProblem(delay, node.machine);
    if (problem !== null) report(`${field}.after.${delay}`, problem);
  }
}
