import {
  CONNECTION_OPTIONS,
  CONNECTION_OPTIONS_HELP,
  EXIT,
  parseOptions,
  serverOf,
  UsageError,
} from './options.ts';
import { type PoliciesReport, policiesReport } from './policy-answers.ts';
import { renderProjections } from './projections.ts';
import { ageOf, number, renderTable } from './table.ts';

export const POLICIES_USAGE = `everstate policies [options]

Shows how the policies and projections of a server fare, over all of its nodes: records not passed
yet, what is in flight, what failed and is tried again, dead letters, timers, how long the oldest
message has waited, and how many nodes run its partitions. Of a projection also which version made
its read model, and how far a rebuild is. Idle: nothing is left to do now.

${CONNECTION_OPTIONS_HELP}`;

/** `everstate policies`: returns the exit code. */
export async function policies(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, CONNECTION_OPTIONS);
  if (values.help) {
    console.log(POLICIES_USAGE);
    return EXIT.ok;
  }
  if (positionals.length > 0) throw new UsageError('policies takes no arguments');
  const link = serverOf(values);
  const reply = await link.get('v1/policies', policiesReport);
  if (reply.kind !== 'answered') {
    console.error(`${link.url}: ${reply.why}`);
    return EXIT.failed;
  }
  console.log(renderReport(reply.value));
  return EXIT.ok;
}

/** A report as tables. */
function renderReport({ idle, policies, projections }: PoliciesReport): string {
  const ofPolicies = policies.map((policy) => [
    policy.paused ? `${policy.name} (paused)` : policy.name,
    ...[policy.lag, policy.inFlight, policy.retrying, policy.deadLetters, policy.timers].map(
      number,
    ),
    ageOf(policy.oldestPendingMs),
    partitionsOf(policy.holders),
  ]);
  return [
    ...(policies.length === 0 ? ['no policies'] : [renderTable([POLICY_HEAD, ...ofPolicies])]),
    ...(projections.length === 0 ? [] : [renderProjections(projections)]),
    `idle: ${idle ? 'yes' : 'no'}`,
  ].join('\n\n');
}

const POLICY_HEAD = [
  'policy',
  'lag',
  'in flight',
  'retrying',
  'dead letters',
  'timers',
  'oldest pending',
  'partitions run',
];

function partitionsOf(holders: Readonly<Record<string, number>>): string {
  const held = Object.values(holders).filter((partitions) => partitions > 0);
  const sum = held.reduce((all, partitions) => all + partitions, 0);
  return held.length > 1 ? `${number(sum)} on ${held.length} nodes` : number(sum);
}
