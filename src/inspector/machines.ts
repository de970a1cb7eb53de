import { machineHashOf } from '../engine/aggregate-runtime.ts';
import type { Engine } from '../engine/engine.ts';
import type { MachineSummary } from './protocol.ts';

/** All machines of the app: aggregates, then policies, each in the app's order. */
export function machineSummaries({ app, inside: { runtime } }: Engine): readonly MachineSummary[] {
  return [
    ...Array.from(app.aggregates.values(), ({ type, version, machine }) => ({
      kind: 'aggregate' as const,
      name: type,
      version,
      hash: machineHashOf(machine, runtime),
    })),
    ...Array.from(app.policies.values(), ({ name, version, machine }) => ({
      kind: 'policy' as const,
      name,
      version,
      hash: machineHashOf(machine, runtime),
    })),
  ];
}
