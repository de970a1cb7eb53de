/** Pure steps of a policy's machine, with no engine around it. */
import type { AnyTransitionDefinition } from 'xstate';
import type { PolicyDefinition, PolicyFactMap } from '../../src/define/index.ts';
import { createPolicyDriver, type PolicyDriver, type PolicyStep } from '../../src/engine/driver.ts';

/** A message without its facts. */
export interface Bare {
  readonly type: string;
  readonly [member: string]: unknown;
}
type FindFacts = (wanted: PolicyFactMap) => Record<string, unknown>;

const drivers = new Map<PolicyDefinition, PolicyDriver>();

function driverOf(policy: PolicyDefinition): PolicyDriver {
  const known = drivers.get(policy);
  if (known) return known;
  const driver = createPolicyDriver(policy.machine, { freeze: true, microstepsMax: 100 });
  drivers.set(policy, driver);
  return driver;
}

/** The text of a new instance. */
export function begin(policy: PolicyDefinition): string {
  const driver = driverOf(policy);
  return driver.persist(driver.initial().state);
}

/** One message to an instance that was kept as text. */
export interface Taken extends Omit<PolicyStep, 'state'> {
  /** The instance after it, to be kept. */
  readonly kept: string;
  readonly value: unknown;
  readonly context: unknown;
  /** What it asked for before the step. */
  readonly wanted: PolicyFactMap;
  readonly transitions: readonly AnyTransitionDefinition[];
}

/** Has an instance take a message, with the facts that its policy asks for. */
export function take(
  policy: PolicyDefinition,
  kept: string,
  message: Bare,
  find: FindFacts,
): Taken {
  const driver = driverOf(policy);
  const before = driver.restore(JSON.parse(kept));
  const { value, context } = before;
  const wanted = policy.facts(message, { value, context });
  const full = { ...message, facts: find(wanted) };
  const { state, ...step } = driver.step(before, full);
  return {
    ...step,
    kept: driver.persist(state),
    value: state.value,
    context: state.context,
    wanted,
    transitions: policy.machine.getTransitionData(before, full) ?? [],
  };
}

/** The outcome of a removal, as an instance gets it. */
export function outcome(
  type: 'command.accepted' | 'command.rejected' | 'command.failed',
  events: readonly { readonly type: string; readonly data: unknown }[] = [],
): Bare {
  const reason = type === 'command.accepted' ? null : 'Not possible in this state';
  const data = { commandId: 'c', command: 'RemoveFollower', ref: null, reason, events };
  return { type, data, meta: { messageId: 'm', at: '2024-05-01T12:00:00.000Z' } };
}
