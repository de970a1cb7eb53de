/** Pure steps of the account's machine, with no engine around it. */
import {
  type AnyTransitionDefinition,
  initialTransition,
  type SnapshotFrom,
  transition,
} from 'xstate';
import { type AccountCommand, type Command, commands } from '../../machines/account/commands.ts';
import type { AccountEvent } from '../../machines/account/events.ts';
import { accountMachine } from '../../machines/account/machine.ts';
import type { Entry } from '../../src/define/index.ts';

export type State = SnapshotFrom<typeof accountMachine>;
type Name = AccountCommand['type'];
type Facts<N extends Name> = Command<N>['facts'];

/** When every command of these tests is taken, unless a test says otherwise. */
export const NOW = '2024-05-01T12:00:00.000Z';
export const EARLIER = '2024-04-01T12:00:00.000Z';
export const LATER = '2024-06-01T12:00:00.000Z';

/** Nothing is known to exist beside the account itself. */
const nothing: { [N in Name]: Facts<N> } = {
  RegisterAccount: {},
  FollowAccount: {
    followee: null,
    follow: null,
    blockOfFollowee: null,
    blockByFollowee: null,
    followingBefore: 0,
  },
  BlockAccount: { accountToBlock: null, block: null },
  UnblockAccount: { block: null },
  RemoveFollower: {
    followee: null,
    follow: null,
    blockOfFollowee: null,
    blockByFollowee: null,
    followingCount: 0,
  },
  DeactivateAccount: {},
};

export interface Circumstances<N extends Name> {
  readonly facts?: Partial<Facts<N>>;
  readonly claims?: Partial<Record<'email' | 'username', 'granted' | 'taken'>>;
  readonly at?: string;
  readonly commandId?: string;
}

/** A command as the machine sees it: its body parsed and completed by its own definition. */
export function command<N extends Name>(
  type: N,
  body: Record<string, unknown>,
  { facts, claims, at = NOW, commandId = `command-${type}` }: Circumstances<N> = {},
): AccountCommand {
  const definition = commands[type];
  const data: unknown = definition.complete(definition.schema.parse(body), () => 'generated-id');
  const message = {
    type,
    data,
    facts: { ...nothing[type], ...facts },
    claims: { email: 'granted', username: 'granted', ...claims },
    meta: { commandId, at },
  };
  // The parts are typed one by one; together they are one of the union's members.
  return message as unknown as AccountCommand;
}

export interface Decision {
  readonly state: State;
  readonly events: readonly AccountEvent[];
  readonly hasNoEffect: boolean;
  /** What the machine took: none where the state has no rule for the command. */
  readonly taken: readonly AnyTransitionDefinition[];
}

export function decide(state: State, message: AccountCommand): Decision {
  const taken = accountMachine.getTransitionData(state, message) ?? [];
  const [next, actions] = transition(accountMachine, state, message);
  return {
    state: next,
    events: actions.flatMap(emitted),
    hasNoEffect: actions.some(({ type }) => type === 'noEffect'),
    taken,
  };
}

function emitted(action: { readonly type: string; readonly params?: unknown }): AccountEvent[] {
  // What `emit` was given: XState does not type it here.
  return action.type === 'xstate.emit' ? [(action.params as { event: AccountEvent }).event] : [];
}

export const unregistered: State = initialTransition(accountMachine)[0];
export const active: State = decide(
  unregistered,
  command('RegisterAccount', {
    accountId: 'ann',
    email: 'Ann@Example.org',
    username: 'Ann_1',
  }),
).state;
export const deactivated: State = decide(
  active,
  command('DeactivateAccount', { accountId: 'ann' }),
).state;
export const states = { unregistered, active, deactivated };

export const isThere = { username: 'Bob', isActive: true, joinedAt: EARLIER };
export const isInactive = { username: 'Bob', isActive: false, joinedAt: EARLIER };

/** A block of whoever the command is about. */
export function block(since = EARLIER): Entry<null> {
  return { key: 'bob', since, value: null };
}

/** A follow of whoever the command is about. */
export function follow(
  since = EARLIER,
  relationshipId = 'follow-1',
): Entry<{ relationshipId: string }> {
  return { key: 'bob', since, value: { relationshipId } };
}

/** The one reason given, where the decision is a refusal that leaves the account as it was. */
export function reasonOf(before: State, { state, events, hasNoEffect }: Decision): string | null {
  const [event] = events;
  if (event === undefined || events.length > 1 || hasNoEffect) return null;
  if (JSON.stringify(state) !== JSON.stringify(before)) return null;
  return 'reason' in event.data && /Rejected$|Failed$/.test(event.type) ? event.data.reason : null;
}
