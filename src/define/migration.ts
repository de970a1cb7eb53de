import type { JsonObject } from './json.ts';

/** In which states a machine is: one's name, or names by the name of the state they lie in. */
export type StoredValue = string | { readonly [state: string]: StoredValue };

/** What is stored of a machine, as migrations see it: plain JSON. */
export interface StoredState {
  /** `'open'`, `{ open: 'full' }`, a member for each region of a parallel state; `{}`: no states. */
  readonly value: StoredValue;
  /** As the code of its version left it. */
  readonly context: JsonObject;
  /** What history states remember: by the id of the history state, ids of states. */
  readonly history: Readonly<Record<string, readonly string[]>>;
}

/** What is stored of a policy's instance. */
export interface StoredInstance extends StoredState {
  /**
   * Pending timers: by id, a number of their own. The timer of an `after` has the id
   * `xstate.after.DELAY.STATE`, with the state's id, so that it changes with the state's name.
   */
  readonly timers: Readonly<Record<string, number>>;
  /** Effects under way: by the id of their `invoke`, a number of their own. */
  readonly effects: Readonly<Record<string, number>>;
}

/** Turns what one version stored into what the next one does: what it leaves out stays. Pure. */
export type Migration = (state: StoredState) => Partial<StoredState>;

/**
 * The same for an instance. A timer or an effect goes on under the id that its number is given, and
 * is forgotten where its number is left out; no number can be made up.
 */
export type InstanceMigration = (state: StoredInstance) => Partial<StoredInstance>;

/** Migrations by the version that each starts from, one step a version. */
export type Migrations<M extends Migration | InstanceMigration = Migration> = Readonly<
  Record<number, M>
>;

/** Whether a text or an object of such is what a machine's value can be. */
export function isStoredValue(value: unknown): value is StoredValue {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(isStoredValue);
}
