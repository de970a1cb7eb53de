import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { checkAction } from './action.ts';
import type { Report } from './fault.ts';
import { checkGuard } from './guard.ts';
import { allNodes } from './nodes.ts';
import type { Known, MachineRules } from './rules.ts';
import { checkStart } from './start.ts';
import { type Step, stepsOf } from './steps.ts';

/**
 * A machine: that the engine can run it, and that it takes every message.
 * @param messages the types of what it is given, by their fields in the definition
 */
export function checkMachine(
  machine: AnyStateMachine,
  messages: ReadonlyMap<string, string>,
  rules: MachineRules,
  report: Report,
): void {
  const nodes = [...allNodes(machine.root)];
  const known: Known = { missing: false, children: false };
  const steps: Step[] = [];
  for (const node of nodes) {
    const field = fieldOf(node);
    rules.checkWaiting(node, field, known, report);
    steps.push(...stepsOf(node, field));
  }
  for (const step of steps) {
    if (step.guard !== undefined) checkGuard(step.guard, machine, step.field, known, report);
    for (const action of step.actions) {
      checkAction(action, machine, rules, step.field, known, report);
    }
  }
  checkHandled(messages, steps, report);
  const invoked = new Set(nodes.flatMap((node) => node.invoke.map(({ id }) => id)));
  checkStart(machine, rules, invoked, known, report);
}

function fieldOf(node: AnyStateNode): string {
  return ['machine', ...node.path.flatMap((key) => ['states', key])].join('.');
}

/** A message that every state ignores is always refused: that is a mistake, not a rule. */
function checkHandled(
  messages: ReadonlyMap<string, string>,
  steps: readonly Step[],
  report: Report,
): void {
  for (const [field, type] of messages) {
    const handled = steps.some(
      ({ descriptor, doesSomething }) =>
        doesSomething && descriptor !== null && matches(descriptor, type),
    );
    if (!handled) report(field, 'no state of the machine handles it');
  }
}

/** As XState matches: the name itself, `*`, or a prefix such as `order.*`. */
function matches(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}
