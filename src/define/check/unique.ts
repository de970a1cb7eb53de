import type { AggregateDefinition } from '../aggregate.ts';
import type { QueryDefinition } from '../query.ts';
import type { AppParts } from './app-parts.ts';
import type { Report } from './fault.ts';

/** Names that must be unique in the app: reported where the app is put together. */
export function checkUnique(
  { aggregates, policies, projections, queries, invariants }: AppParts,
  report: Report,
): void {
  const perAggregate = (names: (aggregate: AggregateDefinition) => string[]): Use[] =>
    [...new Set(aggregates)].flatMap((aggregate) =>
      names(aggregate).map((name) => ({ name, file: aggregate.file })),
    );
  const perQuery = (name: (query: QueryDefinition) => string): Use[] =>
    queries.map((query) => ({ name: name(query), file: query.file }));

  reportDuplicates(
    report,
    'aggregates',
    aggregates.map(({ type, file }) => ({ name: type, file })),
  );
  reportDuplicates(
    report,
    'commands',
    perAggregate(({ commands }) => Object.keys(commands)),
  );
  reportDuplicates(
    report,
    'events',
    perAggregate(({ events }) => Object.keys(events)),
  );
  reportDuplicates(
    report,
    'queries',
    perQuery(({ name }) => name),
  );
  reportDuplicates(report, 'routes', perQuery(routeShape));
  reportDuplicates(report, 'invariants', invariants);
  // Checkpoints are kept under these names.
  reportDuplicates(report, 'subscribers', [...policies, ...projections]);
  reportDuplicates(
    report,
    'readModels',
    projections.map(({ model, file }) => ({ name: model.aggregate.replace(/^~/, ''), file })),
  );
}

interface Use {
  readonly name: string;
  readonly file: string;
}

function reportDuplicates(report: Report, field: string, uses: readonly Use[]): void {
  const files = new Map<string, string[]>();
  for (const { name, file } of uses) files.set(name, [...(files.get(name) ?? []), file]);
  for (const [name, where] of files) {
    if (where.length > 1) {
      report(`${field}.${name}`, `there are ${where.length} of that name: ${where.join(', ')}`);
    }
  }
}

/** Two routes that differ in the names of their parameters alone are one. */
function routeShape(query: QueryDefinition): string {
  return query.route.replace(/\{[^}]*\}/g, '{}');
}
