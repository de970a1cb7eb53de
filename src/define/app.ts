import type { AggregateDefinition } from './aggregate.ts';
import { callerFile } from './caller.ts';
import { checkApp, type DefinitionFault } from './check.ts';
import type { InvariantDefinition } from './invariant.ts';
import type { PolicyDefinition } from './policy.ts';
import type { ProjectionDefinition } from './projection.ts';
import type { QueryDefinition } from './query.ts';

/** Everything a node serves, checked. Made by {@link defineApp}. */
export interface App {
  readonly aggregates: ReadonlyMap<string, AggregateDefinition>;
  /** The aggregate that takes a command, by the command's name. */
  readonly commands: ReadonlyMap<string, AggregateDefinition>;
  readonly policies: ReadonlyMap<string, PolicyDefinition>;
  readonly projections: ReadonlyMap<string, ProjectionDefinition>;
  readonly queries: readonly QueryDefinition[];
  /** What an audit asks of all actors. */
  readonly invariants: readonly InvariantDefinition[];
  /** Names of fields with what is personal, in whatever they stand. */
  readonly personal: ReadonlySet<string>;
}

/** Names every mistake found in an app's definitions. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';

  constructor(readonly faults: readonly DefinitionFault[]) {
    const lines = faults.map((fault) => `  ${fault.file}: ${fault.field}: ${fault.problem}`);
    super(`${faults.length} mistake(s) in the app's definitions:\n${lines.join('\n')}`);
  }
}

/**
 * Puts an app together and checks what types cannot.
 * @throws DefinitionError with all mistakes at once, each with its file and field
 */
export function defineApp(parts: {
  aggregates: readonly AggregateDefinition[];
  policies?: readonly PolicyDefinition[];
  projections?: readonly ProjectionDefinition[];
  queries?: readonly QueryDefinition[];
  invariants?: readonly InvariantDefinition[];
  /** Names of fields, and of claims, that the inspector masks: `email`. */
  personal?: readonly string[];
}): App {
  const { aggregates, policies = [], projections = [], queries = [], invariants = [] } = parts;
  const all = { aggregates, policies, projections, queries, invariants };
  const faults = checkApp(all, callerFile(defineApp));
  if (faults.length > 0) throw new DefinitionError(faults);
  return {
    aggregates: new Map(aggregates.map((aggregate) => [aggregate.type, aggregate])),
    commands: new Map(
      aggregates.flatMap((aggregate) =>
        Object.keys(aggregate.commands).map((name) => [name, aggregate] as const),
      ),
    ),
    policies: new Map(policies.map((policy) => [policy.name, policy])),
    projections: new Map(projections.map((projection) => [projection.name, projection])),
    queries,
    invariants,
    personal: new Set(parts.personal),
  };
}
