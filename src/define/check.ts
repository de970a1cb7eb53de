import { checkAggregate } from './check/aggregate.ts';
import { aggregateRules } from './check/aggregate-rules.ts';
import type { AppParts } from './check/app-parts.ts';
import { checkCommands } from './check/commands.ts';
import type { DefinitionFault, Report } from './check/fault.ts';
import { checkInvariant } from './check/invariant.ts';
import { checkMachine } from './check/machine.ts';
import { checkPolicy } from './check/policy.ts';
import { checkProjection } from './check/projection.ts';
import { checkQuery } from './check/query.ts';
import { checkUnique } from './check/unique.ts';

export type { AppParts } from './check/app-parts.ts';
export type { DefinitionFault } from './check/fault.ts';

/**
 * Finds what types cannot: all mistakes at once, each with its file and field.
 * Runs no guard or action, save those that XState runs to make a machine's first state.
 * @param appFile where the app was put together
 */
export function checkApp(parts: AppParts, appFile: string): DefinitionFault[] {
  const { aggregates, policies, projections, queries, invariants } = parts;
  const faults: DefinitionFault[] = [];
  const reportIn =
    (file: string): Report =>
    (field, problem) =>
      faults.push({ file, field, problem });

  checkUnique(parts, reportIn(appFile));
  for (const aggregate of new Set(aggregates)) {
    const report = reportIn(aggregate.file);
    checkAggregate(aggregate, report);
    checkCommands(aggregate, aggregates, report);
    const messages = new Map(
      Object.keys(aggregate.commands).map((name) => [`commands.${name}`, name]),
    );
    checkMachine(aggregate.machine, messages, aggregateRules(aggregate), report);
  }
  for (const policy of new Set(policies)) checkPolicy(policy, aggregates, reportIn(policy.file));
  for (const projection of new Set(projections)) {
    checkProjection(projection, aggregates, reportIn(projection.file));
  }
  for (const query of new Set(queries)) checkQuery(query, reportIn(query.file));
  for (const invariant of new Set(invariants)) {
    checkInvariant(invariant, aggregates, reportIn(invariant.file));
  }
  return faults;
}
