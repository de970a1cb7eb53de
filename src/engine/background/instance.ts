import type { MachineState } from '../driver.ts';
import type { RowWrite } from '../work-store.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { revived } from './revive.ts';
import { type InstanceRow, type PolicyMessage, read } from './rows.ts';

/** Messages that wait for an instance: numbers `first` to `next - 1`. */
export interface Queue {
  readonly first: number;
  readonly next: number;
  /** The first of them is a dead letter; the others wait behind it. */
  readonly parked: boolean;
}

/** A machine's state, and the same as JSON text. */
export interface LiveMachine {
  readonly state: MachineState;
  readonly text: string;
}

/** An instance of a policy as its runner knows it. Never changed in place. */
export interface Instance {
  readonly id: string;
  /** The id of the event that made it; `null` where none runs. */
  readonly incarnation: string | null;
  readonly since: InstanceRow['since'];
  /** As it is stored: restored by {@link machineOf} when it is needed. */
  readonly machine: LiveMachine | { readonly stored: InstanceRow } | null;
  /** Whether it has a row. */
  readonly isStored: boolean;
  readonly seen: InstanceRow['seen'];
  readonly visits: number;
  readonly timers: Readonly<Record<string, number>>;
  readonly effects: Readonly<Record<string, number>>;
  readonly aliases: Aliases;
  readonly queue: Queue;
}

/**
 * Timers and effects that a migration gave another id, by it: the id that their rows have, until
 * they are over.
 */
export interface Aliases {
  readonly timers: Readonly<Record<string, string>>;
  readonly effects: Readonly<Record<string, string>>;
}

const NO_ALIASES: Aliases = { timers: {}, effects: {} };

const NO_QUEUE: Queue = { first: 0, next: 0, parked: false };

/** An instance of which nothing is stored. */
export function noInstance(id: string): Instance {
  const numbers = { visits: 0, timers: {}, effects: {}, aliases: NO_ALIASES };
  const counts = { seen: {}, ...numbers, queue: NO_QUEUE };
  return { id, incarnation: null, since: null, machine: null, isStored: false, ...counts };
}

/** @throws ZodError, SyntaxError for what is no instance's row */
export function readInstance(id: string, body: string | null): Instance {
  if (body === null) return noInstance(id);
  const stored = read.instance(body);
  const { incarnation, since, seen, visits, timers, effects, queue } = stored;
  const { aliases = NO_ALIASES } = stored;
  const machine = stored.machine === null ? null : { stored };
  const counts = { seen, visits, timers, effects, aliases, queue };
  return { id, incarnation, since, machine, isStored: true, ...counts };
}

/** Whether messages wait for it. */
export function hasQueue({ queue }: Instance): boolean {
  return queue.next > queue.first;
}

/** Whether there is anything to keep of it. */
export function isKept(instance: Instance): boolean {
  return instance.machine !== null || hasQueue(instance);
}

/** The write that leaves an instance as it is now; `null` where it has no row, and needs none. */
export function instanceWrite(policy: PolicyRuntime, instance: Instance): RowWrite | null {
  const { id: key, incarnation, since, machine } = instance;
  const table = policy.tables.instance;
  if (!isKept(instance)) {
    return instance.isStored ? { table, key, body: null, order: null } : null;
  }
  const { seen, visits, timers, effects, aliases, queue } = instance;
  const stored = machine !== null && 'stored' in machine ? machine.stored : null;
  const header = JSON.stringify({
    incarnation,
    since,
    version: stored?.version ?? policy.definition.version,
    machineHash: stored?.machineHash ?? policy.machineHash,
    seen,
    visits,
    timers,
    effects,
    ...(hasAliases(aliases) && { aliases }),
    queue,
  });
  const body = `${header.slice(0, -1)},"machine":${textOf(machine)}}`;
  return { table, key, body, order: { kind: 'next' } };
}

function hasAliases({ timers, effects }: Aliases): boolean {
  return Object.keys(timers).length + Object.keys(effects).length > 0;
}

function textOf(machine: Instance['machine']): string {
  if (machine === null) return 'null';
  return 'stored' in machine ? JSON.stringify(machine.stored.machine) : machine.text;
}

/** The machine of an instance; `null` where none runs. @throws StateFault */
export function machineOf(policy: PolicyRuntime, instance: Instance): MachineState | null {
  const { machine } = revived(policy, instance);
  return machine !== null && 'state' in machine ? machine.state : null;
}

/** Whether a message still concerns the instance as it is: not what is over, or was taken. */
export function concerns(instance: Instance, message: PolicyMessage): boolean {
  switch (message.kind) {
    case 'event': {
      const [partition, position, index] = message.place;
      const last = instance.seen[partition];
      if (!last) return true;
      return position > last[0] || (position === last[0] && index > last[1]);
    }
    case 'outcome':
      return instance.incarnation === message.incarnation;
    case 'timer':
      return (
        instance.incarnation === message.incarnation &&
        // Whatever id it had when it was set.
        Object.values(instance.timers).includes(message.generation)
      );
    case 'effect':
      return (
        instance.incarnation === message.incarnation &&
        Object.values(instance.effects).includes(message.visit)
      );
  }
}
