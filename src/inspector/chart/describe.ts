/** What a machine is made of, as its chart shows it: before anything has its place. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { EventMap } from '../../define/event.ts';
import { refusalBy } from '../../engine/driver/refusals.ts';
import { isRule, transitionName } from '../../engine/driver/transitions.ts';
import type { ChartEdge, ChartLine, ChartState } from '../protocol.ts';
import { actionText, eventText, guardText, invokeText } from './words.ts';

/** A machine's states and arrows. */
export interface Description {
  /** Parents before their children; the root first, where there is something to say of it. */
  readonly states: readonly DescribedState[];
  readonly arrows: readonly ChartEdge[];
}

export interface DescribedState extends ChartState {
  /** The path of the state around it; `null` for one that stands in none. */
  readonly parent: string | null;
}

/** @param events what the machine may emit, by which it is told which transitions refuse */
export function describeMachine(machine: AnyStateMachine, events: EventMap): Description {
  const { root } = machine;
  const nodes = [root, ...descendantsOf(root)];
  const arrows = nodes.flatMap(arrowsOf);
  const own = linesOf(root, events);
  const isShown =
    own.length > 0 || nodes.length === 1 || arrows.some((arrow) => isAt(arrow, pathOf(root)));
  const shown = isShown ? nodes : nodes.slice(1);
  const states = shown.map((node) => stateOf(node, isShown, events));
  return { states, arrows };
}

function isAt({ source, target }: ChartEdge, path: string): boolean {
  return source === path || target === path;
}

function descendantsOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** A state's path from the root, whose own is empty. */
export function pathOf({ path }: AnyStateNode): string {
  return path.join('.');
}

function stateOf(node: AnyStateNode, isRootShown: boolean, events: EventMap): DescribedState {
  const { parent } = node;
  const isTop = parent === undefined || (parent.parent === undefined && !isRootShown);
  const initial: readonly AnyStateNode[] = parent?.initial?.target ?? [];
  return {
    path: pathOf(node),
    name: parent ? node.key : node.machine.id,
    kind: kindOf(node),
    // All regions of a parallel state are entered with it.
    isInitial: parent?.type === 'compound' && initial.some((each) => isWithin(each, node)),
    lines: linesOf(node, events),
    parent: isTop ? null : pathOf(parent),
  };
}

function isWithin(node: AnyStateNode, around: AnyStateNode): boolean {
  for (let each: AnyStateNode | undefined = node; each; each = each.parent) {
    if (each === around) return true;
  }
  return false;
}

function kindOf(node: AnyStateNode): ChartState['kind'] {
  if (node.type !== 'history') return node.type;
  return node.history === 'deep' ? 'deep-history' : 'history';
}

function linesOf(node: AnyStateNode, events: EventMap): ChartLine[] {
  const plain = (kind: 'entry' | 'exit' | 'invoke', texts: readonly string[]) =>
    texts.map((text): ChartLine => ({ kind, text, transition: null, refuses: false }));
  return [
    ...plain('entry', textsOf(node.entry)),
    ...plain('exit', textsOf(node.exit)),
    ...plain('invoke', node.invoke.map(invokeText)),
    ...transitionsOf(node)
      .filter(({ target }) => target === undefined)
      .map((transition) => ({
        kind: 'transition' as const,
        text: transitionText(transition),
        transition: transitionName(transition),
        refuses: refusalBy(transition, events) !== null,
      })),
  ];
}

/** Every transition of a state, in the machine's order, those without an event last. */
function transitionsOf(node: AnyStateNode): readonly AnyTransitionDefinition[] {
  return [...node.transitions.values(), node.always ?? []].flat();
}

function transitionText(transition: AnyTransitionDefinition): string {
  const guard = guardText(transition.guard);
  const actions = isRule(transition) ? textsOf(transition.actions).join(', ') : 'forbidden';
  return `${eventText(transition)}${guard === null ? '' : ` [${guard}]`}${actions && ` / ${actions}`}`;
}

function textsOf(actions: readonly unknown[]): string[] {
  return actions.map(actionText).filter((text) => text !== null);
}

function arrowsOf(node: AnyStateNode): ChartEdge[] {
  const fromHistory = node.type === 'history' ? historyArrows(node) : [];
  const arrows = transitionsOf(node).flatMap((transition) => {
    const { target = [] } = transition;
    const name = transitionName(transition);
    return target.map((each: AnyStateNode, index: number) => ({
      id: index === 0 ? name : `${name}:${index}`,
      transition: name,
      source: pathOf(node),
      target: pathOf(each),
      event: eventText(transition),
      guard: guardText(transition.guard),
      actions: textsOf(transition.actions),
    }));
  });
  return [...arrows, ...fromHistory];
}

/** Where a history state leads while there is nothing to remember. */
function historyArrows(node: AnyStateNode): ChartEdge[] {
  const { target } = node.config;
  if (target === undefined || node.parent === undefined) return [];
  const found = node.parent.states[target.replace(/^\./, '')];
  if (!found) return [];
  const name = `${pathOf(node)}::default`;
  const common = { id: name, transition: name, guard: null, actions: [] };
  return [{ ...common, source: pathOf(node), target: pathOf(found), event: 'by default' }];
}
