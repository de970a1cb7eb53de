import type { AggregateDefinition } from './aggregate.ts';
import { checkAggregate } from './check/aggregate.ts';
import { checkCommands } from './check/commands.ts';
import type { DefinitionFault, Report } from './check/fault.ts';
import { checkMachine } from './check/machine.ts';
import { checkQuery } from './check/query.ts';
import { checkUnique } from './check/unique.ts';
import type { QueryDefinition } from './query.ts';

export type { DefinitionFault } from './check/fault.ts';

/**
 * Finds what types cannot: all mistakes at once, each with its file and field.
 * Runs no guard or action, save those that XState runs to make a machine's first state.
 * @param appFile where the app was put together
 */
export function checkApp(
  aggregates: readonly AggregateDefinition[],
  queries: readonly QueryDefinition[],
  appFile: string,
): DefinitionFault[] {
  const faults: DefinitionFault[] = [];
  const reportIn =
    (file: string): Report =>
    (field, problem) =>
      faults.push({ file, field, problem });

  checkUnique(aggregates, queries, reportIn(appFile));
  for (const aggregate of new Set(aggregates)) {
    const report = reportIn(aggregate.file);
    checkAggregate(aggregate, report);
    checkCommands(aggregate, aggregates, report);
    checkMachine(aggregate, report);
  }
  for (const query of new Set(queries)) checkQuery(query, reportIn(query.file));
  return faults;
}
