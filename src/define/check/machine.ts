import { type AnyStateMachine, type AnyStateNode, initialTransition } from 'xstate';
import type { AggregateDefinition } from '../aggregate.ts';
import { findNonJson } from '../json.ts';
import { checkAction, type Known } from './action.ts';
import { quote, type Report } from './fault.ts';
import { checkGuard } from './guard.ts';
import { type Step, stepsOf } from './steps.ts';

const NO_TIMERS = 'durable timers are not available to aggregates: a delay cannot be used here';
const NO_EFFECTS = 'durable effects are not available to aggregates: nothing can be invoked here';

/** An aggregate's machine: that the engine can run it, and that it takes every command. */
export function checkMachine(aggregate: AggregateDefinition, report: Report): void {
  const { machine } = aggregate;
  const nodes = [...allNodes(machine.root)];
  const known: Known = { missing: false, children: false };
  const steps: Step[] = [];
  for (const node of nodes) {
    const field = fieldOf(node);
    checkWaiting(node, field, known, report);
    steps.push(...stepsOf(node, field));
  }
  for (const step of steps) {
    if (step.guard !== undefined) checkGuard(step.guard, machine, step.field, known, report);
    for (const action of step.actions) {
      checkAction(action, aggregate, step.field, known, report);
    }
  }
  checkHandled(aggregate, steps, report);
  checkStart(machine, known, report);
}

function* allNodes(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* allNodes(child);
}

function fieldOf(node: AnyStateNode): string {
  return ['machine', ...node.path.flatMap((key) => ['states', key])].join('.');
}

/** What needs the engine to come back later. */
function checkWaiting(node: AnyStateNode, field: string, known: Known, report: Report): void {
  if (node.invoke.length > 0) {
    known.children = true;
    report(`${field}.invoke`, NO_EFFECTS);
  }
  for (const delay of Object.keys(node.config.after ?? {})) {
    report(`${field}.after.${delay}`, NO_TIMERS);
    const isNumber = !Number.isNaN(Number(delay));
    if (!isNumber && !Object.hasOwn(node.machine.implementations.delays, delay)) {
      report(`${field}.after.${delay}`, `the delay ${quote(delay)} is not implemented`);
    }
  }
}

/** A command that every state ignores is always refused: that is a mistake, not a rule. */
function checkHandled(
  aggregate: AggregateDefinition,
  steps: readonly Step[],
  report: Report,
): void {
  for (const command of Object.keys(aggregate.commands)) {
    const handled = steps.some(
      ({ descriptor, doesSomething }) =>
        doesSomething && descriptor !== null && matches(descriptor, command),
    );
    if (!handled) report(`commands.${command}`, 'no state of the machine handles it');
  }
}

/** As XState matches: the name itself, `*`, or a prefix such as `order.*`. */
function matches(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}

/** The state of an actor that does not exist yet: made, JSON, and ready for a command. */
function checkStart(machine: AnyStateMachine, known: Known, report: Report): void {
  const start = startOf(machine);
  if (start.kind === 'threw') {
    // An unimplemented guard or action is named already; it is what the start fails on.
    if (!known.missing) report('machine.context', `the machine does not start: ${start.reason}`);
    return;
  }
  const found = findNonJson(start.context);
  if (found) report(`machine.context${found.path}`, `it is kept as JSON, and ${found.reason}`);
  if (start.ended) report('machine.initial', 'the machine ends before its first command');
  if (start.hasChildren && !known.children) report('machine.context', NO_EFFECTS);
}

type Start =
  | { readonly kind: 'threw'; readonly reason: string }
  | {
      readonly kind: 'made';
      readonly context: unknown;
      readonly ended: boolean;
      readonly hasChildren: boolean;
    };

function startOf(machine: AnyStateMachine): Start {
  try {
    const [snapshot] = initialTransition(machine);
    if (snapshot.status === 'error') return { kind: 'threw', reason: reasonOf(snapshot.error) };
    return {
      kind: 'made',
      context: snapshot.context,
      ended: snapshot.status === 'done',
      hasChildren: Object.keys(snapshot.children).length > 0,
    };
  } catch (error) {
    return { kind: 'threw', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
