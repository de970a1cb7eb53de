/** How a stored machine comes to run: migrated, restored, and held to what the code says of it. */
import type { z } from 'zod';
import type { JsonObject, StoredState } from '../define/index.ts';
import { findNonJson } from '../define/json.ts';
import { isStoredValue } from '../define/migration.ts';
import { type MachineState, StateFault } from './driver.ts';

/** A machine as the driver stores it, as far as migrations may change it. */
export interface PersistedMachine {
  readonly value?: unknown;
  readonly context?: unknown;
  readonly historyValue?: unknown;
}

/** Migrations of states, or of states with more beside them. */
type Steps<More> = Readonly<
  Record<number, (state: StoredState & More) => Partial<StoredState & More>>
>;

/**
 * Brings a stored machine to a later version, one step a version.
 * @returns what the driver restores: without `status`, which follows from the states
 * @throws StateFault where a step is missing, throws, or gives what is no state
 */
export function migrate(
  persisted: PersistedMachine,
  steps: Steps<object>,
  from: number,
  to: number,
): object {
  return persistedOf(persisted, migrateState(stateOf(persisted), steps, from, to));
}

/** A stored machine with another state: without `status`, which follows from it. */
export function persistedOf(persisted: object, { value, context, history }: StoredState): object {
  const { status: _status, output: _output, ...rest } = persisted as Record<string, unknown>;
  return { ...rest, value, context, historyValue: persistedHistory(history) };
}

/** As {@link migrate}, of what may have more beside the state. */
export function migrateState<More extends object>(
  state: StoredState & More,
  steps: Steps<More>,
  from: number,
  to: number,
): StoredState & More {
  let current = state;
  for (let version = from; version < to; version++) {
    const step = steps[version];
    if (!step) {
      throw new StateFault(
        `it was written by version ${version}, and there is no migration from ${version} to ${version + 1}`,
      );
    }
    current = { ...current, ...resultOf(step, current, version) };
    checkState(current, version);
  }
  return current;
}

function resultOf<State>(
  step: (state: State) => Partial<State>,
  state: State,
  version: number,
): Partial<State> {
  try {
    return step(state);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StateFault(`the migration from version ${version} failed: ${why}`, { cause });
  }
}

/** @throws StateFault where a migration gave what is no state */
function checkState({ value, context, history }: StoredState, version: number): void {
  const found = findNonJson(context, 'context') ?? findNonJson(history, 'history');
  const fault = found
    ? `${found.path}: ${found.reason}`
    : !isStoredValue(value)
      ? 'value: it names no states'
      : !isObject(context)
        ? 'context: it is no object'
        : !isObject(history) || !Object.values(history).every(isListOfIds)
          ? 'history: it has no lists of ids'
          : null;
  if (fault === null) return;
  throw new StateFault(`the migration from version ${version} gives no state: ${fault}`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOfIds(value: unknown): boolean {
  return Array.isArray(value) && value.every((id) => typeof id === 'string');
}

/** A stored machine as migrations see it. */
export function stateOf({ value, context, historyValue }: PersistedMachine): StoredState {
  const remembered = (historyValue ?? {}) as Readonly<Record<string, readonly { id: string }[]>>;
  const history: Record<string, readonly string[]> = {};
  for (const [id, nodes] of Object.entries(remembered)) history[id] = nodes.map((node) => node.id);
  // The driver stores JSON alone; whether it is a state is seen when it is restored.
  return { value: value as StoredState['value'], context: context as JsonObject, history };
}

function persistedHistory(history: StoredState['history']): Record<string, { id: string }[]> {
  const found: Record<string, { id: string }[]> = {};
  for (const [key, ids] of Object.entries(history)) found[key] = ids.map((id) => ({ id }));
  return found;
}

/** Restores a machine of the current version. @throws StateFault */
export function reviveMachine(
  driver: { restore(persisted: object): MachineState },
  definition: { readonly context: z.ZodType | null },
  persisted: object,
): MachineState {
  const state = driver.restore(persisted);
  const parsed = definition.context?.safeParse(state.context);
  if (parsed?.success === false) {
    const [issue] = parsed.error.issues;
    const path = ['context', ...(issue?.path ?? [])].join('.');
    throw new StateFault(`its context breaks its schema: ${path}: ${issue?.message}`, {
      cause: parsed.error,
    });
  }
  return state;
}
