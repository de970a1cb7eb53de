import type { AggregateDefinition } from './aggregate.ts';
import type { QueryDefinition } from './query.ts';
/** One mistake in a definition. */
export interface DefinitionFault {
  readonly file: string;
  /** Where in the definition, such as `commands.FollowAccount`. */
  readonly field: string;
  readonly problem: string;
}
export function checkApp(
  _a: readonly AggregateDefinition[],
  _q: readonly QueryDefinition[],
  _f: string,
): DefinitionFault[] {
  return [];
}
