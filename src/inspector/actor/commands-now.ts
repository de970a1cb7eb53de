/** What can be said of an actor's commands by its state alone, before any comes with its facts. */
import type { AnyTransitionDefinition } from 'xstate';
import type { AnyCommandDefinition } from '../../define/command.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import { type Refusal, refusalBy } from '../../engine/driver/refusals.ts';
import { candidatesFor, transitionName } from '../../engine/driver/transitions.ts';
import type { MachineState } from '../../engine/driver.ts';
import type { CommandsNow } from '../protocol.ts';

/** Of an actor that cannot be told of, and of one that is done. */
export const NO_COMMANDS: CommandsNow = {
  maybeAccepted: [],
  refused: [],
  withoutRule: [],
  possible: [],
};

/** A transition that may take a command, and how it refuses, where it does. */
interface Rule {
  readonly transition: AnyTransitionDefinition;
  readonly refusal: Refusal | null;
}

export function commandsIn({ definition }: AggregateRuntime, state: MachineState): CommandsNow {
  const { commands, events } = definition;
  const all = Object.entries(commands);
  if (state.status !== 'active') return { ...NO_COMMANDS, withoutRule: all.map(([type]) => type) };
  const found = all.map(([type, command]) => {
    const rules = candidatesFor(state, type).map(
      (transition): Rule => ({ transition, refusal: refusalBy(transition, events) }),
    );
    return { type, idField: idFieldOf(command), rules, ways: rules.filter(isWay) };
  });
  const possible = found.flatMap(({ ways }) =>
    ways.map(({ transition }) => transitionName(transition)),
  );
  return {
    maybeAccepted: found
      .filter(({ ways }) => ways.length > 0)
      .map(({ type, idField }) => ({ type, idField })),
    refused: found
      .filter(({ rules, ways }) => rules.length > 0 && ways.length === 0)
      .map(({ type, idField, rules }) => ({ type, idField, reasons: reasonsOf(rules) })),
    withoutRule: found.filter(({ rules }) => rules.length === 0).map(({ type }) => type),
    possible: [...new Set(possible)],
  };
}

function isWay({ refusal }: Rule): boolean {
  return refusal === null;
}

/** Each reason that is known, in the order in which the rules are tried. */
function reasonsOf(rules: readonly Rule[]): string[] {
  const reasons = rules.map(({ refusal }) => refusal?.reason ?? null);
  return [...new Set(reasons.filter((reason) => reason !== null))];
}

/**
 * The field of a command's data that holds the actor's id, as it is; `null` where the id is made of
 * more, or by code that cannot be read this way.
 */
export function idFieldOf({ target }: AnyCommandDefinition): string | null {
  // Of both cases and with spaces around: what is changed on the way shows.
  const mark = (field: string | symbol) => ` Aa:${String(field)} `;
  const read = new Set<string | symbol>();
  const data = new Proxy({}, { get: (_, field) => mark(read.add(field) && field) });
  try {
    const id = target(data);
    const field = [...read].find((each) => mark(each) === id);
    return typeof field === 'string' ? field : null;
  } catch {
    return null;
  }
}
