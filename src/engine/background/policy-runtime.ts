import type { PolicyDefinition } from '../../define/index.ts';
import { machineHashOf } from '../aggregate-runtime.ts';
import { createPolicyDriver, type PolicyDriver, type PolicyStep } from '../driver.ts';
import type { EngineLimits } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { type TableKind, table } from './rows.ts';

/** A policy made ready to run. */
export interface PolicyRuntime {
  readonly name: string;
  readonly definition: PolicyDefinition;
  readonly driver: PolicyDriver;
  /** A new instance, and what its first states ask for. */
  readonly first: PolicyStep;
  readonly machineHash: string;
  readonly tables: Readonly<Record<TableKind, string>>;
}

/** @param strict freezes states, so that an assignment that mutates throws at once */
export function preparePolicy(
  definition: PolicyDefinition,
  limits: EngineLimits,
  runtime: Runtime,
  strict: boolean,
): PolicyRuntime {
  const { name, machine } = definition;
  const { microstepsMax } = limits;
  const driver = createPolicyDriver(machine, { freeze: strict, microstepsMax });
  return {
    name,
    definition,
    driver,
    first: driver.initial(),
    machineHash: machineHashOf(machine, runtime),
    tables: {
      instance: table('instance', name),
      outbox: table('outbox', name),
      inbox: table('inbox', name),
      queue: table('queue', name),
      timer: table('timer', name),
      effect: table('effect', name),
      retry: table('retry', name),
      again: table('again', name),
      dead: table('dead', name),
    },
  };
}
