import type { AnyStateMachine } from 'xstate';
import { refusalOf } from '../refuse.ts';
import { quote, type Report } from './fault.ts';
import { nameOf } from './reference.ts';
import type { BuiltIn, Known, MachineRules } from './rules.ts';

/** That an action is there, and that the engine can run it. */
export function checkAction(
  action: unknown,
  machine: AnyStateMachine,
  rules: MachineRules,
  field: string,
  known: Known,
  report: Report,
): void {
  const { actions } = machine.implementations;
  const name = nameOf(action);
  if (name !== null && !Object.hasOwn(actions, name)) {
    known.missing = true;
    report(`${field}.actions`, `the action ${quote(name)} is not implemented`);
    return;
  }
  const implementation: unknown = name === null ? action : actions[name];
  if (rules.known.has(implementation)) return;
  const builtIn = builtInOf(implementation);
  const problem =
    builtIn === null
      ? `code of its own is never run; ${rules.usable}`
      : rules.refuse(builtIn, machine);
  if (builtIn?.type === 'xstate.spawnChild') known.children = true;
  if (problem === null) return;
  const named = name === null ? '' : `the action ${quote(name)}: `;
  report(`${field}.actions`, `${named}${problem}`);
}

/** XState's own actions are functions that carry what they were made with. */
function builtInOf(implementation: unknown): BuiltIn | null {
  if (typeof implementation !== 'function' || !('resolve' in implementation)) return null;
  const made = (part: keyof BuiltIn): unknown => Reflect.get(implementation, part);
  const type = made('type');
  if (typeof type !== 'string') return null;
  const refuses = refusalOf(implementation);
  return { type, delay: made('delay'), event: made('event'), to: made('to'), refuses };
}
