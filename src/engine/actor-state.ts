import { z } from 'zod';
import type { Address } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import type { MachineState } from './driver.ts';
import type { ActorRow, TurnId } from './store.ts';

/** An actor as a turn knows it. Never changed in place. */
export interface ActorState {
  readonly address: Address;
  readonly lastTurn: TurnId | null;
  /** How many records the actor has, rejections included. */
  readonly records: number;
  /** Raised by every change; 0 while the actor does not exist. */
  readonly version: number;
  readonly machine: MachineState;
  /** `machine` as JSON text. */
  readonly machineText: string;
  /** The public view as JSON text; `null` where there is none. */
  readonly viewText: string | null;
  /** Claim → the token under which it was taken. */
  readonly held: Readonly<Record<string, string>>;
  /** `held` as JSON text. */
  readonly heldText: string;
}

/** A stored state that this code cannot run. */
export class StateFault extends Error {
  override readonly name = 'StateFault';
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
  const { definition, machineHash } = aggregate;
  return `{"version":${state.version},"aggregate":${definition.version},"machineHash":"${machineHash}","held":${state.heldText}}\n${state.machineText}`;
}

/**
 * What the store has of an actor, made ready to run.
 * @throws StateFault when it was written by newer code, or is no state at all
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
  if (stored.aggregate !== aggregate.definition.version) {
    throw new StateFault(
      `${address.type}:${address.id} was written by version ${stored.aggregate} of its aggregate; this code knows version ${aggregate.definition.version}`,
    );
  }
  const machineText = row.state.slice(row.state.indexOf('\n') + 1);
  const machine = aggregate.driver.restore(decode(machineText, persistedMachine));
  const { version, held } = stored;
  const viewText = viewOf(aggregate, machine);
  const heldText = JSON.stringify(held);
  return { ...common, version, machine, machineText, viewText, held, heldText };
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
