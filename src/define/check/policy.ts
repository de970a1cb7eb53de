import type { AggregateDefinition } from '../aggregate.ts';
import type { PolicyDefinition } from '../policy.ts';
import { checkAttempts, checkType, checkVersion, quote, type Report } from './fault.ts';
import { checkMachine } from './machine.ts';
import { checkMigrations } from './migrations.ts';
import { policyRules } from './policy-rules.ts';
import { checkSubscription } from './subscription.ts';

/**
 * A policy: its settings, its events and its machine. What its `facts` name, and the commands that
 * it sends, hang on messages and states: whether the app has them is seen when it runs.
 */
export function checkPolicy(
  policy: PolicyDefinition,
  aggregates: readonly AggregateDefinition[],
  report: Report,
): void {
  checkType(report, 'name', policy.name);
  if (checkVersion(report, 'version', policy.version)) {
    checkMigrations(policy.version, policy.migrations, report);
  }
  checkAttempts(report, 'attempts', policy.attempts);
  const { from, correlate }: { from: string; correlate: unknown } = policy;
  if (from !== 'head' && from !== 'beginning') {
    report('from', `${quote(from)} is neither "head" nor "beginning"`);
  }
  if (correlate !== 'actor' && correlate !== 'event' && typeof correlate !== 'function') {
    report('correlate', `${JSON.stringify(correlate)} is neither "actor", "event" nor a function`);
  }
  checkSubscription(policy.on, aggregates, report);
  const messages = new Map(Object.keys(policy.on).map((name) => [`on.${name}`, name]));
  checkMachine(policy.machine, messages, policyRules, report);
}
