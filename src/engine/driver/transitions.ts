import type { AnyMachineSnapshot, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/**
 * Names a transition in its machine: by the state that it belongs to, its event, and its place among
 * those for the same event. The same as long as the machine's structure is.
 */
export function transitionName(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const place = transitionsOf(source, eventType).indexOf(transition);
  return `${source.path.join('.')}:${eventType}:${place}`;
}

/** The transitions that a state has for an event, in their order; `''`: those without one. */
function transitionsOf(node: AnyStateNode, eventType: string): readonly AnyTransitionDefinition[] {
  return (eventType === '' ? node.always : node.transitions.get(eventType)) ?? [];
}

/**
 * What may take an event of this type in this state, whatever guards say of one: of each active
 * state without active substates, and of those around it, as far as one hides what is around it.
 */
export function candidatesFor(
  { _nodes: nodes, machine }: AnyMachineSnapshot,
  eventType: string,
): readonly AnyTransitionDefinition[] {
  const found = new Set<AnyTransitionDefinition>();
  const around = new Set(nodes.map(({ parent }) => parent));
  for (const leaf of nodes) {
    if (around.has(leaf)) continue;
    for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
      const own = candidatesOf(node, eventType);
      for (const each of own) if (isRule(each)) found.add(each);
      if (node === machine.root || own.some(({ guard }) => guard === undefined)) break;
    }
  }
  return [...found];
}

/** In the order in which they are tried, down to the first that is taken in any case. */
function candidatesOf(node: AnyStateNode, eventType: string): AnyTransitionDefinition[] {
  const descriptors = [...node.transitions.keys()]
    .filter((descriptor) => matches(descriptor, eventType))
    .sort((a, b) => Number(b === eventType) - Number(a === eventType) || b.length - a.length);
  const all = descriptors.flatMap((descriptor) => node.transitions.get(descriptor) ?? []);
  const last = all.findIndex(({ guard }) => guard === undefined);
  return last === -1 ? all : all.slice(0, last + 1);
}

/** As XState matches them: `*` stands for anything, and after a dot for what is left. */
function matches(descriptor: string, eventType: string): boolean {
  if (descriptor === eventType || descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const prefix = descriptor.slice(0, -2);
  return eventType === prefix || eventType.startsWith(`${prefix}.`);
}

/** One that neither goes nor does anything forbids its event. */
export function isRule({ target, actions }: AnyTransitionDefinition): boolean {
  return target !== undefined || actions.length > 0;
}
