import type { AnyStateMachine } from 'xstate';
import { quote, type Report } from './fault.ts';
import { nameOf } from './reference.ts';
import type { Known } from './rules.ts';

/** That every guard which is named, also within `and`, `or` and `not`, is there. */
export function checkGuard(
  guard: unknown,
  machine: AnyStateMachine,
  field: string,
  known: Known,
  report: Report,
): void {
  visit(guard, new Set());

  function visit(reference: unknown, visited: Set<string>): void {
    if (typeof reference === 'function') {
      for (const inner of innerGuards(reference)) visit(inner, visited);
      return;
    }
    const name = nameOf(reference);
    if (name === null || visited.has(name)) return;
    visited.add(name);
    const { guards } = machine.implementations;
    if (Object.hasOwn(guards, name)) {
      visit(guards[name], visited);
    } else {
      known.missing = true;
      report(`${field}.guard`, `the guard ${quote(name)} is not implemented`);
    }
  }
}

/** XState's `and`, `or` and `not` carry what they combine. */
function innerGuards(guard: object): readonly unknown[] {
  return 'guards' in guard && Array.isArray(guard.guards) ? guard.guards : [];
}
