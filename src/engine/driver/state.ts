import type { AnyMachineSnapshot } from 'xstate';

/** A state as it is after a restore: without actors, which live elsewhere. */
export function withoutActors(state: AnyMachineSnapshot, unnamed: number): AnyMachineSnapshot {
  return { ...state, children: {}, ...counted(unnamed) };
}

/** How many delayed events without an id this instance has raised: their ids come from it. */
export function unnamedOf(state: object): number {
  return 'unnamed' in state && typeof state.unnamed === 'number' ? state.unnamed : 0;
}

/** The count as a state carries it. */
export function counted(unnamed: number): { readonly unnamed?: number } {
  return unnamed > 0 ? { unnamed } : {};
}

/** The states that history remembers, by their ids, as XState reads them back. */
export function historyOf({ historyValue }: AnyMachineSnapshot): Record<string, { id: string }[]> {
  const found: Record<string, { id: string }[]> = {};
  for (const [key, nodes] of Object.entries(historyValue)) {
    found[key] = nodes.map(({ id }) => ({ id }));
  }
  return found;
}

/** Has every later change of it throw. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
