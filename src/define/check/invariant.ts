import type { AggregateDefinition } from '../aggregate.ts';
import type { InvariantDefinition } from '../invariant.ts';
import { checkType, quote, type Report } from './fault.ts';

/** An invariant: its name, and that there are actors to ask it of. */
export function checkInvariant(
  { name, of }: InvariantDefinition,
  aggregates: readonly AggregateDefinition[],
  report: Report,
): void {
  checkType(report, 'name', name);
  if (!aggregates.some(({ type }) => type === of.aggregate)) {
    report('of', `the app has no aggregate ${quote(of.aggregate)}`);
  }
}
