/** What there is to cover in a machine, with names that people read. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { type Trace, transitionsOf } from './trace.ts';

export type ItemKind = 'state' | 'transition' | 'refusal';

/** A state that is to be entered, a transition to be taken, or a guard to be found closed. */
export interface Item {
  readonly kind: ItemKind;
  /** Unique in its machine: `registered.active`, `active · FollowAccount [followsItself]`. */
  readonly name: string;
}

/** A machine's items, and which of them a step covers. */
export class MachineItems {
  readonly all: readonly Item[];
  readonly #states = new Map<AnyStateNode, Item>();
  readonly #transitions = new Map<AnyTransitionDefinition, Item>();
  readonly #refusals = new Map<AnyTransitionDefinition, Item>();

  constructor(machine: AnyStateMachine) {
    for (const node of statesOf(machine.root)) {
      this.#states.set(node, { kind: 'state', name: stateName(node) });
    }
    const names = new Map<string, number>();
    for (const transition of new Set(transitionsOf(machine.root))) {
      const plain = transitionName(transition);
      const count = (names.get(plain) ?? 0) + 1;
      names.set(plain, count);
      const name = count === 1 ? plain : `${plain} (${count})`;
      this.#transitions.set(transition, { kind: 'transition', name });
      if (transition.guard === undefined) continue;
      this.#refusals.set(transition, { kind: 'refusal', name: `${name} refused` });
    }
    this.all = [this.#states, this.#transitions, this.#refusals].flatMap((items) => [
      ...items.values(),
    ]);
  }

  /** What a step covers, transitions first. */
  coveredBy({ taken, refused, entered }: Trace): readonly Item[] {
    return [
      ...pick(this.#transitions, taken),
      ...pick(this.#refusals, refused),
      ...pick(this.#states, entered),
    ];
  }
}

function pick<Key>(items: ReadonlyMap<Key, Item>, keys: ReadonlySet<Key>): Item[] {
  return [...keys].flatMap((key) => items.get(key) ?? []);
}

/** All but the root, which every machine is in. */
function statesOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [
    ...(child.type === 'history' ? [] : [child]),
    ...statesOf(child),
  ]);
}

function stateName(node: AnyStateNode): string {
  return node.path.join('.') || '(any state)';
}

function transitionName({ source, eventType, guard }: AnyTransitionDefinition): string {
  const siblings = source.transitions.get(eventType) ?? source.always ?? [];
  const condition = guard !== undefined ? ` [${guardName(guard)}]` : '';
  const isLast = guard === undefined && siblings.length > 1;
  return `${stateName(source)} · ${eventName(eventType)}${condition}${isLast ? ' [otherwise]' : ''}`;
}

/** `xstate.after.DELAY.NODE` and the like, as one would say it. */
function eventName(type: string): string {
  if (type === '') return 'always';
  const [, kind, rest = ''] =
    /^xstate\.(after|done\.actor|error\.actor|done\.state)\.(.+)$/.exec(type) ?? [];
  switch (kind) {
    case 'after':
      return `after ${rest.split('.')[0]}`;
    case 'done.actor':
      return `${rest.replace(/^\d+\./, '')} done`;
    case 'error.actor':
      return `${rest.replace(/^\d+\./, '')} failed`;
    case 'done.state':
      return 'done';
    default:
      return type;
  }
}

function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'function') return guard.name || 'a guard';
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type);
  return 'a guard';
}
