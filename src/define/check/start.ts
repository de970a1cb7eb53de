import { type AnyStateMachine, initialTransition } from 'xstate';
import { findNonJson } from '../json.ts';
import type { Report } from './fault.ts';
import type { Known, MachineRules } from './rules.ts';

/**
 * The first state of a machine: made, JSON, and ready for a message.
 * @param invoked ids of all its invokes; what else runs at the start was spawned
 */
export function checkStart(
  machine: AnyStateMachine,
  rules: MachineRules,
  invoked: ReadonlySet<string>,
  known: Known,
  report: Report,
): void {
  const start = startOf(machine);
  if (start.kind === 'threw') {
    // An unimplemented guard or action is named already; it is what the start fails on.
    if (!known.missing) report('machine.context', `the machine does not start: ${start.reason}`);
    return;
  }
  const found = findNonJson(start.context);
  if (found) report(`machine.context${found.path}`, `it is kept as JSON, and ${found.reason}`);
  if (start.ended) report('machine.initial', rules.endsAtOnce);
  const spawned = start.children.some((id) => !invoked.has(id));
  if (spawned && !known.children) report('machine.context', rules.cannotSpawn);
}

type Start =
  | { readonly kind: 'threw'; readonly reason: string }
  | {
      readonly kind: 'made';
      readonly context: unknown;
      readonly ended: boolean;
      readonly children: readonly string[];
    };

function startOf(machine: AnyStateMachine): Start {
  try {
    const [snapshot] = initialTransition(machine);
    if (snapshot.status === 'error') return { kind: 'threw', reason: reasonOf(snapshot.error) };
    return {
      kind: 'made',
      context: snapshot.context,
      ended: snapshot.status === 'done',
      children: Object.keys(snapshot.children),
    };
  } catch (error) {
    return { kind: 'threw', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
