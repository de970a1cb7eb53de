import type { AnyStateMachine } from 'xstate';
import type { AggregateDefinition } from '../define/index.ts';
import { createDriver, type Driver, MachineFault } from './driver.ts';
import type { EngineLimits } from './limits.ts';
import type { Runtime } from './runtime.ts';

/** An aggregate made ready to run: its definition, its driver and the hash of its machine. */
export interface AggregateRuntime {
  readonly definition: AggregateDefinition;
  readonly driver: Driver;
  /** Names the machine's structure: it differs when states, transitions or action names do. */
  readonly machineHash: string;
}

/** @param strict freezes states and checks emitted events against their schemas */
export function prepareAggregate(
  definition: AggregateDefinition,
  limits: EngineLimits,
  runtime: Runtime,
  strict: boolean,
): AggregateRuntime {
  const driver = createDriver(definition.machine, {
    freeze: strict,
    microstepsMax: limits.microstepsMax,
  });
  return {
    definition,
    driver: strict ? withCheckedEvents(definition, driver) : driver,
    machineHash: machineHashOf(definition.machine, runtime),
  };
}

/** A machine's structure takes milliseconds to spell out, and a process may run many engines. */
const hashes = new WeakMap<AnyStateMachine, string>();

export function machineHashOf(machine: AnyStateMachine, runtime: Runtime): string {
  const known = hashes.get(machine);
  if (known) return known;
  const hash = runtime.digest(JSON.stringify(machine.definition)).slice(0, 12);
  hashes.set(machine, hash);
  return hash;
}

/** Has every emitted event parsed by its schema: a machine that breaks its own types is found. */
function withCheckedEvents(definition: AggregateDefinition, driver: Driver): Driver {
  return {
    ...driver,
    step(state, message) {
      const step = driver.step(state, message);
      for (const event of step.events) {
        const result = definition.events[event.type]?.schema.safeParse(event.data);
        if (result && !result.success) {
          const { error: cause } = result;
          throw new MachineFault(`${event.type} breaks its schema: ${cause.message}`, { cause });
        }
      }
      return step;
    },
  };
}
