/** Which transitions a step takes, and which guards it finds closed. */
import type {
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
  EventObject,
} from 'xstate';
import { inertScope } from '../../engine/driver/scope.ts';

/** What one macrostep went through. */
export interface Trace {
  readonly taken: ReadonlySet<AnyTransitionDefinition>;
  /** Tried and passed over, since their guards said no. */
  readonly refused: ReadonlySet<AnyTransitionDefinition>;
  /** Every state node that it was in, before, between and after. */
  readonly entered: ReadonlySet<AnyStateNode>;
}

/** What XState tells an inspector of a microstep. */
interface Microstep {
  readonly type: '@xstate.microstep';
  readonly event: EventObject;
  readonly snapshot: AnyMachineSnapshot;
  readonly _transitions: readonly AnyTransitionDefinition[];
}

/** Makes a step once more, to see what it goes through; what it gives is not kept. */
export function traceOf(
  machine: AnyStateMachine,
  before: AnyMachineSnapshot,
  message: EventObject,
): Trace {
  const trace = new Tracer();
  trace.enter(before);
  if (before.status !== 'active') return trace;
  const microsteps: Microstep[] = [];
  const scope = inertScope(() => {});
  // The one member of an actor system that tells of transitions; the engine's own scope ignores it.
  Object.assign(scope.system, {
    _sendInspectionEvent: (told: { type: string }) => {
      if (told.type === '@xstate.microstep') microsteps.push(told as Microstep);
    },
  });
  machine.transition(before, message, scope);
  let at: AnyMachineSnapshot = before;
  for (const [index, { event, snapshot, _transitions: chosen }] of microsteps.entries()) {
    const isEventless = chosen.some(({ eventType }) => eventType === '');
    // Transitions without an event are looked at first, but at the beginning.
    if (index > 0 && !isEventless) trace.look(at, [], alwaysOf);
    trace.look(at, chosen, isEventless ? alwaysOf : (node) => candidatesOf(node, event.type));
    trace.enter(snapshot);
    at = snapshot;
  }
  if (at.status === 'active') trace.look(at, [], alwaysOf);
  return trace;
}

/** Every transition of a machine, those without an event too. */
export function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [
    ...[...node.transitions.values()].flat(),
    ...alwaysOf(node),
    ...Object.values(node.states).flatMap(transitionsOf),
  ];
}

class Tracer implements Trace {
  readonly taken = new Set<AnyTransitionDefinition>();
  readonly refused = new Set<AnyTransitionDefinition>();
  readonly entered = new Set<AnyStateNode>();

  enter({ _nodes: nodes }: AnyMachineSnapshot): void {
    for (const node of nodes) this.entered.add(node);
  }

  /** From each innermost state outwards, as XState selects. */
  look(
    { _nodes: nodes }: AnyMachineSnapshot,
    chosen: readonly AnyTransitionDefinition[],
    candidates: (node: AnyStateNode) => readonly AnyTransitionDefinition[],
  ): void {
    for (const transition of chosen) this.taken.add(transition);
    for (const leaf of nodes) {
      if (Object.keys(leaf.states).length > 0) continue;
      this.#lookFrom(leaf, chosen, candidates);
    }
  }

  #lookFrom(
    leaf: AnyStateNode,
    chosen: readonly AnyTransitionDefinition[],
    candidates: (node: AnyStateNode) => readonly AnyTransitionDefinition[],
  ): void {
    for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
      // An outer state is asked only where none inside it has taken the event.
      if (chosen.some(({ source }) => source !== node && isWithin(source, node))) return;
      for (const candidate of candidates(node)) {
        if (chosen.includes(candidate)) return;
        if (candidate.guard !== undefined) this.refused.add(candidate);
      }
    }
  }
}

function isWithin(inner: AnyStateNode, outer: AnyStateNode | undefined): boolean {
  for (let node: AnyStateNode | undefined = inner; node; node = node.parent) {
    if (node === outer) return true;
  }
  return false;
}

function alwaysOf(node: AnyStateNode): readonly AnyTransitionDefinition[] {
  return node.always ?? [];
}

/** As XState orders them: the exact type, then wildcards, the longer first. */
function candidatesOf(node: AnyStateNode, type: string): readonly AnyTransitionDefinition[] {
  const wildcards = [...node.transitions.keys()]
    .filter((descriptor) => descriptor !== type && isMatch(type, descriptor))
    .sort((a, b) => b.length - a.length);
  return [type, ...wildcards].flatMap((descriptor) => node.transitions.get(descriptor) ?? []);
}

function isMatch(type: string, descriptor: string): boolean {
  if (descriptor === '*') return true;
  return descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1));
}
