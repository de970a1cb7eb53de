import type { AggregateDefinition } from '../aggregate.ts';
import type { ProjectionDefinition } from '../projection.ts';
import { checkType, checkVersion, quote, type Report } from './fault.ts';
import { checkSubscription } from './subscription.ts';

/** A projection: its settings, its read model, its events, and a fold for each, no more. */
export function checkProjection(
  projection: ProjectionDefinition,
  aggregates: readonly AggregateDefinition[],
  report: Report,
): void {
  const { name, version, model, on, folds } = projection;
  checkType(report, 'name', name);
  checkVersion(report, 'version', version);
  if (model.aggregate.startsWith('~')) checkType(report, 'model', model.aggregate.slice(1));
  else {
    report('model', `it is a collection of the aggregate ${quote(model.aggregate)}, no read model`);
  }
  checkSubscription(on, aggregates, report);
  for (const event of Object.keys(on)) {
    if (typeof folds[event] !== 'function') report(`folds.${event}`, 'the event has no fold');
  }
  for (const event of Object.keys(folds)) {
    if (!Object.hasOwn(on, event)) report(`folds.${event}`, 'the projection takes no such event');
  }
}
