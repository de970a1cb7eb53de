import type { App } from '../../../src/define/index.ts';
import { type AggregateRuntime, prepareAggregate } from '../../../src/engine/aggregate-runtime.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import {
  type PolicyRuntime,
  preparePolicy,
} from '../../../src/engine/background/policy-runtime.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import { createTestRuntime } from '../runtime.ts';
import { IDLE_MS } from './clock.ts';

// A small cache: a large one takes milliseconds to lay out, and thousands of nodes are made.
export const limits = { ...DEFAULT_LIMITS, cachedActorsMax: 16 };

export const backgroundLimits = {
  ...DEFAULT_BACKGROUND_LIMITS,
  // What could wait a little to be written together is written at once: steps as small as can be.
  lingerMs: 0,
  lookMs: IDLE_MS,
};

/** An app's definitions made ready to run: the same for every node of every run. */
export interface Prepared {
  readonly app: App;
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  readonly policies: readonly PolicyRuntime[];
}

export function prepare(app: App): Prepared {
  const runtime = createTestRuntime();
  const byType = new Map(
    Array.from(app.aggregates, ([type, definition]) => [
      type,
      prepareAggregate(definition, limits, runtime, true),
    ]),
  );
  const aggregates = new Map<string, AggregateRuntime>();
  for (const [command, { type }] of app.commands) {
    const aggregate = byType.get(type);
    if (aggregate) aggregates.set(command, aggregate);
  }
  const policies = Array.from(app.policies.values(), (policy) =>
    preparePolicy(policy, limits, runtime, true),
  );
  return { app, aggregates, policies };
}
