import { z } from 'zod';
import type { Address } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import { type MachineState, NewerState, StateFault } from './driver.ts';
import type { ActorRow, TurnId } from './store.ts';
import { migrate, reviveMachine } from './stored-machine.ts';

export { NewerState, StateFault } from './driver.ts';

/** An actor as a turn knows it. Never changed in place. */
export interface ActorState {
  readonly address: Address;
  readonly lastTurn: TurnId | null;
  /** How many records the actor has, rejections included. */
  readonly records: number;
  /** Raised by every change; 0 while the actor does not exist. */
  readonly version: number;
  readonly machine: MachineState;
  /** `machine` as JSON text; empty where that is not what is stored. */
  readonly machineText: string;
  /** The public view as JSON text; `null` where there is none, or not that of `machine`. */
  readonly viewText: string | null;
  /** Claim → the token under which it was taken. */
  readonly held: Readonly<Record<string, string>>;
  /** `held` as JSON text. */
  readonly heldText: string;
}

const header = z.object({
  version: z.int().positive(),
  aggregate: z.int().positive(),
  machineHash: z.string(),
  held: z.record(z.string(), z.string()),
});

const persistedMachine = z.looseObject({
  status: z.string(),
  value: z.union([z.string(), z.record(z.string(), z.unknown())]),
  context: z.record(z.string(), z.unknown()),
});

/** The state as it is stored: a line of what the engine knows, and a line of the machine. */
export function encodeState(aggregate: AggregateRuntime, state: ActorState): string {
  const { definition, machineHash, driver } = aggregate;
  const machineText = state.machineText || driver.persist(state.machine);
  return `{"version":${state.version},"aggregate":${definition.version},"machineHash":"${machineHash}","held":${state.heldText}}\n${machineText}`;
}

/**
 * What the store has of an actor, made ready to run. What an older version of its aggregate wrote
 * is migrated, which the actor's next change writes.
 * @throws StateFault when this code cannot run it, NewerState when it was written by newer code
 */
export function decodeState(
  aggregate: AggregateRuntime,
  address: Address,
  row: ActorRow,
): ActorState {
  const common = { address, lastTurn: row.lastTurn, records: row.recent[0]?.records ?? 0 };
  if (row.state === null) {
    const machine = aggregate.driver.initial();
    const nothing = { version: 0, machineText: '', viewText: null, held: {}, heldText: '{}' };
    return { ...common, ...nothing, machine };
  }
  const stored = decodeHeader(row.state);
  const text = row.state.slice(row.state.indexOf('\n') + 1);
  const machine = readMachine(aggregate, address, stored.aggregate, text);
  const { version, held } = stored;
  const heldText = JSON.stringify(held);
  // What others see of it was made by other code, and is written anew with its next change.
  const isAsWritten =
    stored.machineHash === aggregate.machineHash &&
    stored.aggregate === aggregate.definition.version;
  const machineText = isAsWritten ? text : '';
  const viewText = isAsWritten ? viewOf(aggregate, machine) : null;
  return { ...common, version, machine, machineText, viewText, held, heldText };
}

/** @throws StateFault */
function readMachine(
  aggregate: AggregateRuntime,
  { type, id }: Address,
  from: number,
  text: string,
): MachineState {
  const { driver, definition } = aggregate;
  const { version, migrations } = definition;
  if (from > version) {
    throw new NewerState(
      `${type}:${id} was written by version ${from} of its aggregate; this code knows version ${version}`,
    );
  }
  const persisted = decode(text, persistedMachine);
  try {
    const current = from === version ? persisted : migrate(persisted, migrations, from, version);
    return reviveMachine(driver, definition, current);
  } catch (cause) {
    if (!(cause instanceof StateFault)) throw cause;
    throw new StateFault(`${type}:${id}: ${cause.message}`, { cause });
  }
}

/** The claims that a stored state holds, with their tokens. @throws StateFault */
export function decodeHeld(state: string): Readonly<Record<string, string>> {
  return decodeHeader(state).held;
}

function decodeHeader(state: string): z.output<typeof header> {
  return decode(state.slice(0, state.indexOf('\n')), header);
}

function decode<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StateFault('a stored state is unreadable', { cause });
  }
}

/** The public view of a state as JSON text; `null` where the aggregate has none. */
export function viewOf(aggregate: AggregateRuntime, machine: MachineState): string | null {
  const { view } = aggregate.definition;
  return view && JSON.stringify(view.of(machine));
}

/** The claims a state holds, by their keys: `type/claim:normal form`. */
export function heldClaims(aggregate: AggregateRuntime, machine: MachineState): string[] {
  const keys: string[] = [];
  for (const [name, claim] of Object.entries(aggregate.definition.claims)) {
    const value = claim.held(machine);
    if (value !== null) keys.push(claimKey(aggregate, name, value));
  }
  return keys;
}

/** The key of a claim in the store. */
export function claimKey(aggregate: AggregateRuntime, name: string, value: string): string {
  const { type, claims } = aggregate.definition;
  const claim = claims[name];
  if (!claim) throw new StateFault(`the aggregate ${type} declares no claim named ${name}`);
  return `${type}/${name}:${claim.normalize(value)}`;
}
