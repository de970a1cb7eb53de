import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate';
import { isStoredValue, type StoredValue } from '../../define/migration.ts';
import { StateFault } from './fault.ts';

/** What is read of a stored machine: the rest goes along as it is. */
interface Persisted {
  /** Absent where it follows from `value`. */
  readonly status?: unknown;
  readonly value?: unknown;
  readonly historyValue?: unknown;
}

/**
 * Restores the states of a stored machine, with an empty context.
 *
 * XState throws where a state's name is gone, and quietly goes on elsewhere: what has states of its
 * own now is taken to be in the first of them, a region that is new likewise, what history
 * remembers and is gone is forgotten. None of that was decided by any command, so it is refused.
 * @throws StateFault
 */
export function restoreStates(
  machine: AnyStateMachine,
  scope: AnyActorScope,
  persisted: Persisted,
): AnyMachineSnapshot {
  const { value: stored, status } = persisted;
  if (!isStoredValue(stored)) throw new StateFault('it names no states');
  checkHistory(machine, persisted.historyValue ?? {});
  const restored = restore(machine, scope, persisted);
  if (!isSame(restored.value, stored)) {
    throw new StateFault(
      `the machine has no state that is ${JSON.stringify(stored)} and nothing else; the nearest is ${JSON.stringify(restored.value)}`,
    );
  }
  const actual = isFinal(machine.root, new Set(restored._nodes)) ? 'done' : 'active';
  if (status !== undefined && status !== actual) {
    throw new StateFault(
      `it was stored as ${String(status)}, and in ${JSON.stringify(stored)} the machine is ${actual}`,
    );
  }
  // XState's type has a shape of its own for each status.
  return { ...restored, status: actual } as AnyMachineSnapshot;
}

function restore(
  machine: AnyStateMachine,
  scope: AnyActorScope,
  persisted: Persisted,
): AnyMachineSnapshot {
  // XState would look for references to actors in the context, and change what looks like one.
  const bare = { children: {}, ...persisted, context: {} };
  try {
    // The stored object is what `persist` wrote; XState has no type for it that is narrower.
    return machine.restoreSnapshot(bare as unknown as AnyMachineSnapshot, scope);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StateFault(
      `the machine does not have the state ${JSON.stringify(persisted.value)}: ${why}`,
      { cause },
    );
  }
}

/** Whether two values name the same states, in whatever order. */
function isSame(a: unknown, b: StoredValue): boolean {
  if (typeof a !== 'object' || a === null || typeof b === 'string') return a === b;
  const members = Object.entries(a);
  return (
    members.length === Object.keys(b).length &&
    members.every(([name, member]) => {
      const other = Object.hasOwn(b, name) ? b[name] : undefined;
      return other !== undefined && isSame(member, other);
    })
  );
}

/** As XState decides whether a machine is done. */
function isFinal(node: AnyStateNode, active: ReadonlySet<AnyStateNode>): boolean {
  const children = Object.values(node.states);
  if (node.type === 'compound') {
    return children.some((child) => child.type === 'final' && active.has(child));
  }
  if (node.type === 'parallel') return children.every((child) => isFinal(child, active));
  return node.type === 'final';
}

/** @throws StateFault where history remembers what is not there */
function checkHistory(machine: AnyStateMachine, history: unknown): void {
  for (const [id, remembered] of Object.entries(history as Record<string, unknown>)) {
    if (nodeOf(machine, id)?.type !== 'history') {
      throw new StateFault(`the machine has no history state ${id}`);
    }
    for (const { id: state } of remembered as readonly { readonly id: string }[]) {
      if (!nodeOf(machine, state)) {
        throw new StateFault(`${id} remembers the state ${state}, which the machine does not have`);
      }
    }
  }
}

function nodeOf(machine: AnyStateMachine, id: string): AnyStateNode | null {
  try {
    return machine.getStateNodeById(id);
  } catch {
    return null;
  }
}
