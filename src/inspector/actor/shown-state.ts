import type { MachineState } from '../../engine/driver.ts';
import type { Masking } from '../mask.ts';
import type { ShownState } from '../protocol.ts';

/**
 * A machine's state as it is shown, with what is personal masked.
 * @param beside what else may hold what its context quotes
 */
export function shownState(
  state: MachineState,
  masking: Masking,
  ...beside: readonly unknown[]
): ShownState {
  return {
    value: state.value,
    context: masking.value(state.context, ...beside),
    status: state.status,
    active: state._nodes.filter(({ parent }) => parent).map(({ path }) => path.join('.')),
  };
}
