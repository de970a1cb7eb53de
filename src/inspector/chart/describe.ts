/** What a machine is made of, as its chart shows it: before anything has its place. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { isRule, transitionName } from '../../engine/driver/transitions.ts';
import type { ChartLine, ChartState } from '../protocol.ts';
import { actionText, eventText, guardText, invokeText } from './words.ts';

/** A machine's states and arrows. */
export interface Description {
  /** Parents before their children; the root first, where there is something to say of it. */
  readonly states: readonly DescribedState[];
  readonly arrows: readonly Arrow[];
}

export interface DescribedState extends Omit<ChartState, 'box' | 'lines'> {
  readonly lines: readonly DescribedLine[];
  /** The path of the state around it; `null` for one that stands in none. */
  readonly parent: string | null;
}

export type DescribedLine = Omit<ChartLine, 'shown'>;

/** A transition to one of its targets. */
export interface Arrow {
  readonly id: string;
  readonly transition: string;
  readonly source: string;
  readonly target: string;
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
}

export function describeMachine(machine: AnyStateMachine): Description {
  const { root } = machine;
  const nodes = [root, ...descendantsOf(root)];
  const arrows = nodes.flatMap(arrowsOf);
  const own = linesOf(root);
  const isShown =
    own.length > 0 || nodes.length === 1 || arrows.some((arrow) => isAt(arrow, pathOf(root)));
  const shown = isShown ? nodes : nodes.slice(1);
  const states = shown.map((node) => stateOf(node, isShown));
  return { states, arrows };
}

function isAt({ source, target }: Arrow, path: string): boolean {
  return source === path || target === path;
}

function descendantsOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** A state's path from the root, whose own is empty. */
export function pathOf({ path }: AnyStateNode): string {
  return path.join('.');
}

function stateOf(node: AnyStateNode, isRootShown: boolean): DescribedState {
  const { parent } = node;
  const isTop = parent === undefined || (parent.parent === undefined && !isRootShown);
  const initial: readonly AnyStateNode[] = parent?.initial?.target ?? [];
  return {
    path: pathOf(node),
    name: parent ? node.key : node.machine.id,
    kind: kindOf(node),
    // All regions of a parallel state are entered with it.
    isInitial: parent?.type === 'compound' && initial.some((each) => isWithin(each, node)),
    lines: linesOf(node),
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

function linesOf(node: AnyStateNode): DescribedLine[] {
  const plain = (kind: 'entry' | 'exit', actions: readonly unknown[]) =>
    textsOf(actions).map((text) => ({ kind, text, transition: null }));
  return [
    ...plain('entry', node.entry),
    ...plain('exit', node.exit),
    ...node.invoke.map((invoked) => ({
      kind: 'invoke' as const,
      text: invokeText(invoked),
      transition: null,
    })),
    ...transitionsOf(node)
      .filter(({ target }) => target === undefined)
      .map((transition) => ({
        kind: 'transition' as const,
        text: transitionText(transition),
        transition: transitionName(transition),
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

function arrowsOf(node: AnyStateNode): Arrow[] {
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
function historyArrows(node: AnyStateNode): Arrow[] {
  const { target } = node.config as { readonly target?: unknown };
  if (typeof target !== 'string' || node.parent === undefined) return [];
  const found = node.parent.states[target.replace(/^\./, '')];
  if (!found) return [];
  const name = `${pathOf(node)}::default`;
  const common = { id: name, transition: name, guard: null, actions: [] };
  return [{ ...common, source: pathOf(node), target: pathOf(found), event: 'by default' }];
}
