import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** A place in a machine that has actions, and perhaps a guard. */
export interface Step {
  readonly field: string;
  /** What it waits for; `null` where it waits for nothing: entry, exit, `always`. */
  readonly descriptor: string | null;
  readonly guard: unknown;
  readonly actions: readonly unknown[];
  /** Whether it goes somewhere or does something; a transition without both forbids its event. */
  readonly doesSomething: boolean;
}

/** All steps of one state, those of its invokes and delays too. */
export function stepsOf(node: AnyStateNode, field: string): Step[] {
  const steps: Step[] = [
    // From the config: XState adds to the node's own lists what its delays need.
    plain(`${field}.entry`, node.config.entry),
    plain(`${field}.exit`, node.config.exit),
  ];
  const { initial } = node.config;
  if (typeof initial === 'object') steps.push(plain(`${field}.initial`, initial.actions));
  steps.push(...transitionSteps(`${field}.always`, null, node.always ?? []));
  for (const [descriptor, transitions] of node.transitions) {
    const place = `${field}.${placeOf(node, descriptor)}`;
    steps.push(...transitionSteps(place, descriptor, transitions));
  }
  return steps;
}

/** Where a transition stands in its state's config. */
function placeOf(node: AnyStateNode, descriptor: string): string {
  if (descriptor === `xstate.done.state.${node.id}`) return 'onDone';
  const delay = Object.keys(node.config.after ?? {}).find(
    (key) => descriptor === `xstate.after.${Number.isNaN(+key) ? key : +key}.${node.id}`,
  );
  if (delay !== undefined) return `after.${delay}`;
  for (const [place, { id }] of node.invoke.entries()) {
    if (descriptor === `xstate.done.actor.${id}`) return `${invokePlace(node, place)}.onDone`;
    if (descriptor === `xstate.error.actor.${id}`) return `${invokePlace(node, place)}.onError`;
    if (descriptor === `xstate.snapshot.${id}`) return `${invokePlace(node, place)}.onSnapshot`;
  }
  return `on.${descriptor}`;
}

/** Where a state's invoke stands: numbered where there are several. */
export function invokePlace(node: AnyStateNode, place: number): string {
  return node.invoke.length > 1 ? `invoke[${place}]` : 'invoke';
}

function plain(field: string, actions: unknown): Step {
  return {
    field,
    descriptor: null,
    guard: undefined,
    actions: toArray(actions),
    doesSomething: true,
  };
}

function transitionSteps(
  field: string,
  descriptor: string | null,
  transitions: readonly AnyTransitionDefinition[],
): Step[] {
  return transitions.map((transition, place) => {
    const actions = toArray(transition.actions);
    return {
      field: transitions.length > 1 ? `${field}[${place}]` : field,
      descriptor,
      guard: transition.guard,
      actions,
      doesSomething: transition.target !== undefined || actions.length > 0,
    };
  });
}

function toArray(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
