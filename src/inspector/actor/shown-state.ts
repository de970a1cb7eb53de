import type { MachineState } from '../../engine/driver.ts';
import type { Masking } from '../mask.ts';
import type { ShownState } from '../protocol.ts';

/** A machine's state as it is shown, with what is personal masked. */
export function shownState(state: MachineState, masking: Masking): ShownState {
  return {
    value: state.value,
    context: masking.value(state.context),
    status: state.status,
    active: state._nodes.filter(({ parent }) => parent).map(({ path }) => path.join('.')),
  };
}
