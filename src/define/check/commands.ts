import type { AggregateDefinition } from '../aggregate.ts';
import type { AnyCommandDefinition } from '../command.ts';
import type { Fact, FactMap } from '../facts.ts';
import { checkName, quote, type Report } from './fault.ts';

/** An aggregate's commands: names, and the claims and facts they ask for. */
export function checkCommands(
  aggregate: AggregateDefinition,
  aggregates: readonly AggregateDefinition[],
  report: Report,
): void {
  const claimed = new Set<string>();
  let allClaimsSeen = true;
  for (const [name, command] of Object.entries(aggregate.commands)) {
    const field = `commands.${name}`;
    if (name.startsWith('xstate.')) report(field, 'names that begin with xstate. are XState’s own');
    else checkName(report, field, name);

    const claims = probe<Record<string, string>>(command.claims);
    if (claims === null) allClaimsSeen = false;
    for (const claim of Object.keys(claims ?? {})) {
      claimed.add(claim);
      if (!Object.hasOwn(aggregate.claims, claim)) {
        report(`${field}.claims.${claim}`, 'the aggregate declares no such claim');
      }
    }
    checkFacts(command, field, aggregates, report);
    checkExample(command, field, report);
  }
  for (const claim of Object.keys(aggregate.claims)) {
    if (allClaimsSeen && !claimed.has(claim)) {
      report(`claims.${claim}`, 'no command asks for it, so nobody can come to hold it');
    }
  }
}

function checkExample(command: AnyCommandDefinition, field: string, report: Report): void {
  if (command.example === null) return;
  const [issue] = command.clientSchema.safeParse(command.example).error?.issues ?? [];
  if (issue) report(`${field}.example`, `it breaks the schema: ${issue.message}`);
}

function checkFacts(
  command: AnyCommandDefinition,
  field: string,
  aggregates: readonly AggregateDefinition[],
  report: Report,
): void {
  for (const [name, fact] of Object.entries(probe<FactMap>(command.facts) ?? {})) {
    const problem = factProblem(fact, aggregates);
    if (problem !== null) report(`${field}.facts.${name}`, problem);
  }
}

function factProblem(fact: Fact, aggregates: readonly AggregateDefinition[]): string | null {
  const type = fact.kind === 'view' ? fact.view.aggregate : fact.collection.aggregate;
  const owner = aggregates.find((aggregate) => aggregate.type === type);
  if (!owner) return `the app has no aggregate ${quote(type)}`;
  if (fact.kind === 'view') {
    return owner.view === null ? `the aggregate ${quote(type)} has no view` : null;
  }
  const { name } = fact.collection;
  return Object.hasOwn(owner.collections, name)
    ? null
    : `the aggregate ${quote(type)} has no collection ${quote(name)}`;
}

/**
 * What a command's function gives for data whose every field is an empty text: names can be seen
 * by it where they do not hang on the data. `null` where the function cannot run on such data.
 */
function probe<Result>(read: (data: unknown) => unknown): Result | null {
  const emptyFields = new Proxy({}, { get: () => '' });
  try {
    // The function's own type says what it gives; only its data is unlike the real one.
    return read(emptyFields) as Result;
  } catch {
    return null;
  }
}
