import type { AggregateRuntime } from '../engine/aggregate-runtime.ts';
import type { EngineInside } from '../engine/engine.ts';

/** The aggregates of the app by the type of their actors. */
export function aggregatesByType({
  aggregates,
}: Pick<EngineInside, 'aggregates'>): ReadonlyMap<string, AggregateRuntime> {
  return new Map(Array.from(aggregates.values(), (each) => [each.definition.type, each]));
}
