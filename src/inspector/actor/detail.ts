import { type ActorState, decodeState } from '../../engine/actor-state.ts';
import type { Address } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import { StateFault } from '../../engine/driver.ts';
import type { ActorRow, Store } from '../../engine/store.ts';
import type { Masking } from '../mask.ts';
import type { ActorDetail } from '../protocol.ts';
import { commandsIn, NO_COMMANDS } from './commands-now.ts';
import { shownState } from './shown-state.ts';

/** An actor as it is now; `null` where nothing was ever recorded of it. @throws StoreUnavailable */
export async function readDetail(
  store: Store,
  aggregate: AggregateRuntime,
  actor: Address,
  masking: Masking,
): Promise<ActorDetail | null> {
  const names = Object.entries(aggregate.definition.collections);
  const { actor: row, sizes } = await store.fetch({
    pointers: [],
    actor,
    views: [],
    entries: [],
    sizes: names.map(([, { name }]) => ({ actor, collection: name })),
  });
  const records = row?.recent[0]?.records ?? 0;
  if (row === null || (records === 0 && row.state === null)) return null;
  const known = readState(aggregate, actor, row);
  const collections = names.map(([name], index) => ({ name, size: sizes[index] ?? 0 }));
  const common = { ...actor, records, collections, isMasked: masking.isMasked };
  if (typeof known === 'string') {
    const nothing = { version: 0, state: null, view: null, claims: [], commands: NO_COMMANDS };
    return { ...common, ...nothing, warning: masking.text(known) };
  }
  const { version, machine, viewText, held } = known;
  return {
    ...common,
    version,
    state: shownState(machine, masking),
    view:
      viewText === null || version === 0
        ? null
        : masking.value(JSON.parse(viewText), machine.context),
    claims: Object.keys(held).map((key) => masking.claim(key, machine.context)),
    commands: commandsIn(aggregate, machine),
    warning: warningOf(known),
  };
}

/** An actor made ready to run, or why this code cannot run it. */
export function readState(
  aggregate: AggregateRuntime,
  actor: Address,
  row: ActorRow,
): ActorState | string {
  try {
    return decodeState(aggregate, actor, row);
  } catch (error) {
    return `This code cannot run what is stored of it: ${whyNot(error)}`;
  }
}

/** Why a state cannot be run: what the app's own functions throw may quote what is personal. */
export function whyNot(error: unknown): string {
  return error instanceof StateFault ? error.message : 'a function of the app throws';
}

function warningOf({ version, machineText }: ActorState): string | null {
  if (version === 0 || machineText !== '') return null;
  return 'It was stored by another version of its machine: what is shown is what this code makes of it.';
}
