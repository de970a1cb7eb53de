import type { AggregateDefinition } from '../aggregate.ts';
import type { InvariantDefinition } from '../invariant.ts';
import type { PolicyDefinition } from '../policy.ts';
import type { ProjectionDefinition } from '../projection.ts';
import type { QueryDefinition } from '../query.ts';

/** All that an app is put together from. */
export interface AppParts {
  readonly aggregates: readonly AggregateDefinition[];
  readonly policies: readonly PolicyDefinition[];
  readonly projections: readonly ProjectionDefinition[];
  readonly queries: readonly QueryDefinition[];
  readonly invariants: readonly InvariantDefinition[];
}
