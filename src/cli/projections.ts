import type { ProjectionFigures } from './policy-answers.ts';
import { ageOf, number, renderTable } from './table.ts';

const HEAD = ['projection', 'version', 'lag', 'oldest pending', 'rebuild'];

/** Projections as a table. */
export function renderProjections(projections: readonly ProjectionFigures[]): string {
  const rows = projections.map((projection) => [
    projection.name,
    number(projection.version),
    number(projection.lag),
    ageOf(projection.oldestPendingMs),
    rebuildOf(projection),
  ]);
  return renderTable([HEAD, ...rows], [0, HEAD.indexOf('rebuild')]);
}

function rebuildOf({ rebuild, wantsRebuild }: ProjectionFigures): string {
  if (rebuild === null) return wantsRebuild ? 'wants a rebuild' : '-';
  const { version, phase, passed, records } = rebuild;
  if (phase === 'entering') return `version ${version} takes its place shortly`;
  return `version ${version} has passed ${number(passed)} of ${number(records)}`;
}
