/** How a stored instance comes to run, perhaps by a newer version of its policy. Pure. */
import type { StoredInstance } from '../../define/index.ts';
import { NewerState, StateFault } from '../driver.ts';
import { migrateState, persistedOf, reviveMachine, stateOf } from '../stored-machine.ts';
import type { Aliases, Instance } from './instance.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import type { PolicyMessage } from './rows.ts';

/**
 * An instance with its machine ready to run. What an older version of the policy wrote is migrated,
 * which the instance's next step writes.
 * @throws StateFault when this code cannot run it, NewerState when it was written by newer code
 */
export function revived(policy: PolicyRuntime, instance: Instance): Instance {
  const { machine } = instance;
  if (machine === null || 'state' in machine) return instance;
  const { stored } = machine;
  const { definition, driver, name } = policy;
  const { version } = definition;
  if (stored.version > version) {
    throw new NewerState(
      `instance ${instance.id} was written by version ${stored.version} of the policy ${name}; this code knows version ${version}`,
    );
  }
  try {
    if (stored.version === version) {
      const state = reviveMachine(driver, definition, stored.machine ?? {});
      return { ...instance, machine: { state, text: JSON.stringify(stored.machine) } };
    }
    const { current, persisted } = migrated(policy, instance, stored.machine ?? {}, stored.version);
    const state = reviveMachine(driver, definition, persisted);
    if (state.status === 'done') {
      throw new StateFault('a migration cannot end it: its state ends with a message');
    }
    return { ...current, machine: { state, text: driver.persist(state) } };
  } catch (cause) {
    if (!(cause instanceof StateFault)) throw cause;
    throw new StateFault(`instance ${instance.id} of the policy ${name}: ${cause.message}`, {
      cause,
    });
  }
}

/** The instance's timers and effects under the ids that its migrations give them. */
function migrated(policy: PolicyRuntime, instance: Instance, machine: object, from: number) {
  const { migrations, version } = policy.definition;
  const { timers, effects, aliases } = instance;
  const before: StoredInstance = { ...stateOf(machine), timers, effects };
  const after = migrateState(before, migrations, from, version);
  const current: Instance = {
    ...instance,
    timers: after.timers,
    effects: after.effects,
    aliases: {
      timers: aliasesAfter('timers', timers, after.timers, aliases.timers),
      effects: aliasesAfter('effects', effects, after.effects, aliases.effects),
    },
  };
  return { current, persisted: persistedOf(machine, after) };
}

/** @throws StateFault where a number was made up, or given twice */
function aliasesAfter(
  kind: keyof Aliases,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  known: Readonly<Record<string, string>>,
): Record<string, string> {
  const rows = new Map(Object.entries(before).map(([id, number]) => [number, known[id] ?? id]));
  const aliases: Record<string, string> = {};
  for (const [id, number] of Object.entries(after)) {
    const row = rows.get(number);
    if (row === undefined) {
      throw new StateFault(
        `a migration gives ${kind}.${id} the number ${number}, which no other has`,
      );
    }
    rows.delete(number);
    if (row !== id) aliases[id] = row;
  }
  return aliases;
}

/** A message under the id that its timer or effect has now: its number tells which that is. */
export function asCurrent(instance: Instance, message: PolicyMessage): PolicyMessage {
  if (message.kind === 'timer') {
    const id = idOf(instance.timers, message.generation);
    if (id === null || id === message.id) return message;
    const { event } = message;
    // The event of an `after` is named as its timer is.
    return { ...message, id, event: event.type === message.id ? { ...event, type: id } : event };
  }
  if (message.kind !== 'effect') return message;
  const id = idOf(instance.effects, message.visit);
  return id === null || id === message.id ? message : { ...message, id };
}

function idOf(numbers: Readonly<Record<string, number>>, wanted: number): string | null {
  for (const [id, number] of Object.entries(numbers)) if (number === wanted) return id;
  return null;
}
