import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import { candidatesFor, transitionName } from '../../engine/driver/transitions.ts';
import type { MachineState } from '../../engine/driver.ts';
import type { Masking } from '../mask.ts';
import type { ActorDetail, ShownState } from '../protocol.ts';

/** A machine's state as it is shown, with what is personal masked. */
export function shownState(state: MachineState, masking: Masking): ShownState {
  return {
    value: state.value,
    context: masking.value(state.context),
    status: state.status,
    active: state._nodes.filter(({ parent }) => parent).map(({ path }) => path.join('.')),
  };
}

/** The commands that a state has a rule for, and the transitions that these may take. */
export function legalIn(
  { definition }: AggregateRuntime,
  state: MachineState,
): Pick<ActorDetail, 'legal' | 'possible'> {
  if (state.status !== 'active') return { legal: [], possible: [] };
  const found = Object.keys(definition.commands).map(
    (command) => [command, candidatesFor(state, command)] as const,
  );
  const possible = found.flatMap(([, transitions]) => transitions.map(transitionName));
  return {
    legal: found.filter(([, transitions]) => transitions.length > 0).map(([command]) => command),
    possible: [...new Set(possible)],
  };
}
