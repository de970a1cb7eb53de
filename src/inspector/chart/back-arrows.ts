/** Which arrows lead back. Laid out the other way round, they let a chart begin with its initial state. */
import { grouped } from '../../engine/grouped.ts';
import type { Description } from './describe.ts';

/** No path: the root's own is empty. */
const NONE = '/';

/** An arrow to follow, or a way into a substate, which has no id. */
interface Next {
  readonly target: string;
  readonly id: string | null;
}

/** What can come next: arrows of the state and of those around it, and its first substates. */
function nextIn({ states, arrows }: Description): (path: string) => Next[] {
  const byPath = new Map(states.map((state) => [state.path, state]));
  const arrowsFrom = grouped(arrows, ({ source }) => source);
  const childrenOf = grouped(states, ({ parent }) => parent);
  return (path) => {
    const next: Next[] = [];
    for (let at = byPath.get(path); at; at = byPath.get(at.parent ?? NONE)) {
      next.push(...(arrowsFrom.get(at.path) ?? []));
    }
    const children = childrenOf.get(path) ?? [];
    const isParallel = byPath.get(path)?.kind === 'parallel';
    for (const child of children) {
      if (isParallel || child.isInitial) next.push({ target: child.path, id: null });
    }
    return next;
  };
}

/**
 * The arrows, by their ids, to a state that a walk from the initial one is still within: a chart
 * shows the longest way through in one direction.
 */
export function backArrows(description: Description): ReadonlySet<string> {
  const { states } = description;
  const nextOf = nextIn(description);
  const back = new Set<string>();
  const found = new Map<string, 'within' | 'left'>();

  const walkFrom = (first: string): void => {
    if (found.has(first)) return;
    const stack = [{ path: first, next: nextOf(first).values() }];
    found.set(first, 'within');
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { value, done } = top.next.next();
      if (done) {
        found.set(top.path, 'left');
        stack.pop();
      } else if (found.get(value.target) === 'within') {
        if (value.id !== null && value.target !== top.path) back.add(value.id);
      } else if (!found.has(value.target)) {
        found.set(value.target, 'within');
        stack.push({ path: value.target, next: nextOf(value.target).values() });
      }
    }
  };

  for (const { path, isInitial } of states) if (isInitial) walkFrom(path);
  for (const { path } of states) walkFrom(path);
  return back;
}

/**
 * The arrows, by their ids, to a state that is reached before, by fewer arrows or as an earlier one: a
 * large chart has few layers then, and few arrows that pass by many.
 */
export function arrowsToEarlier(description: Description): ReadonlySet<string> {
  const around = aroundIn(description);
  const order = orderOfReaching(description, around);
  const isBack = ({ source, target }: Description['arrows'][number]): boolean => {
    const [from, to] = [around(source), around(target)];
    // Where one is within the other, neither is before the other.
    const parting = from.findIndex((path, depth) => path !== to[depth]);
    const [before, after] = [order.get(from[parting] ?? NONE), order.get(to[parting] ?? NONE)];
    return before !== undefined && after !== undefined && after < before;
  };
  return new Set(description.arrows.filter(isBack).map(({ id }) => id));
}

/** The place of each state in a walk that takes first what is nearest to the initial one. */
function orderOfReaching(
  description: Description,
  around: (path: string) => readonly string[],
): ReadonlyMap<string, number> {
  const { states } = description;
  const nextOf = nextIn(description);
  const reached = new Map<string, number>();
  const queue: string[] = [];
  const reach = (target: string): void => {
    for (const path of around(target)) {
      if (reached.has(path)) continue;
      reached.set(path, queue.length);
      queue.push(path);
    }
  };
  const starts = states.filter(({ isInitial, parent }) => isInitial && parent === null);
  let at = 0;
  for (const { path } of [...starts, ...states]) {
    reach(path);
    for (let next = queue[at]; next !== undefined; next = queue[++at]) {
      for (const { target } of nextOf(next)) reach(target);
    }
  }
  return reached;
}

/** The states around one, the outermost first, and it itself. */
function aroundIn({ states }: Description): (path: string) => readonly string[] {
  const found = new Map<string, readonly string[]>();
  for (const { path, parent } of states)
    found.set(path, [...(found.get(parent ?? NONE) ?? []), path]);
  return (path) => found.get(path) ?? [];
}
