import type { Description } from './describe.ts';
import { grouped } from './grouped.ts';

/**
 * The arrows that lead back, by their ids: to a state that a walk from the initial one is still
 * within. Laid out the other way round, they let every chart begin with its initial state.
 */
export function backArrows({ states, arrows }: Description): ReadonlySet<string> {
  const byPath = new Map(states.map((state) => [state.path, state]));
  const arrowsFrom = grouped(arrows, ({ source }) => source);
  const childrenOf = grouped(states, ({ parent }) => parent);
  const back = new Set<string>();
  const found = new Map<string, 'within' | 'left'>();

  /** What can come next: arrows of the state and of those around it, and its first substates. */
  const nextOf = (path: string) => {
    const next: { readonly target: string; readonly id: string | null }[] = [];
    for (let at = byPath.get(path); at; at = byPath.get(at.parent ?? '/')) {
      next.push(...(arrowsFrom.get(at.path) ?? []));
    }
    const children = childrenOf.get(path) ?? [];
    const isParallel = byPath.get(path)?.kind === 'parallel';
    for (const child of children) {
      if (isParallel || child.isInitial) next.push({ target: child.path, id: null });
    }
    return next;
  };

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
