import type { Model } from './checker.ts';

/** What an account decides by: its own state alone. */
export interface AccountState {
  readonly version: number;
  readonly standing: 'unregistered' | 'active' | 'deactivated';
  /** Whom it follows, by which relationship; `?` where nobody was told. */
  readonly follows: ReadonlyMap<string, string>;
  readonly blocks: ReadonlySet<string>;
}

/** A command to an account, or a look at one thing about it. */
export type AccountInput =
  | {
      readonly kind: 'command';
      readonly type: CommandType;
      readonly self: string;
      readonly other: string;
      readonly ifMatch: number | null;
    }
  | { readonly kind: 'look'; readonly at: 'follows' | 'blocks'; readonly other: string }
  /** A follow that a policy removed, as the trail tells it. */
  | { readonly kind: 'policy'; readonly other: string };

export interface RecordedEvent {
  readonly type: string;
  readonly relationshipId?: string;
  readonly wasAlreadyBlocked?: boolean;
}

export type AccountOutput =
  | { readonly kind: 'accepted'; readonly version: number; readonly event: RecordedEvent | null }
  | { readonly kind: 'rejected'; readonly version: number; readonly reason: string }
  | { readonly kind: 'mismatch'; readonly version: number }
  | { readonly kind: 'seen'; readonly holds: boolean };

type Change = (state: AccountState, event: RecordedEvent) => AccountState;

/** What a command may come to in a state. */
interface Choices {
  /** Its event, without what only the answer can tell; `null`: no effect; `undefined`: never. */
  readonly event?: RecordedEvent | null;
  readonly change?: Change;
  /** Refusals that the account's own state, or what others are, can give. */
  readonly reasons: readonly string[];
}

type Rule = (state: AccountState, self: string, other: string) => Choices;

/** Decided by the state of others, which is not known here. */
const BY_OTHERS = [
  'Followee account not found',
  'One or both accounts are inactive',
  'Blocked relationship prevents following',
] as const;

/** The domain's rules as the contract tells them, apart from the machine that decides by them. */
const RULES = {
  RegisterAccount: ({ standing }) => ({
    ...(standing === 'unregistered' && {
      event: { type: 'AccountRegistered' },
      change: (state) => ({ ...state, standing: 'active' }),
    }),
    reasons:
      standing === 'unregistered'
        ? ['Email already registered', 'Username already taken']
        : ['Email already registered', 'Username already taken', 'Account already registered'],
  }),
  FollowAccount: ({ standing, follows, blocks }, self, other) => {
    if (self === other) return { reasons: ['Cannot follow yourself'] };
    if (standing === 'unregistered') return { reasons: ['Follower account not found'] };
    if (standing === 'deactivated') return { reasons: BY_OTHERS.slice(0, 2) };
    if (blocks.has(other)) return { reasons: BY_OTHERS };
    if (follows.has(other)) return { event: null, reasons: BY_OTHERS };
    return {
      event: { type: 'FollowCreated' },
      change: (state, { relationshipId = '?' }) => ({
        ...state,
        follows: new Map([...state.follows, [other, relationshipId]]),
      }),
      reasons: BY_OTHERS,
    };
  },
  RemoveFollower: ({ standing, follows }, _self, other) => {
    if (standing === 'unregistered' || !follows.has(other)) return { event: null, reasons: [] };
    return { event: removalOf(follows.get(other)), change: withoutFollow(other), reasons: [] };
  },
  BlockAccount: ({ standing, blocks }, self, other) => {
    if (self === other) return { reasons: ['Cannot block yourself'] };
    if (standing === 'unregistered') return { reasons: ['Blocker account not found'] };
    return {
      event: { type: 'AccountBlocked', wasAlreadyBlocked: blocks.has(other) },
      change: (state) => ({ ...state, blocks: new Set([...state.blocks, other]) }),
      reasons: ['Account to block not found'],
    };
  },
  UnblockAccount: ({ standing, blocks }, _self, other) => {
    if (standing === 'unregistered') return { reasons: ['Blocker account not found'] };
    if (!blocks.has(other)) return { event: null, reasons: [] };
    return {
      event: { type: 'AccountUnblocked' },
      change: (state) => ({
        ...state,
        blocks: new Set([...state.blocks].filter((id) => id !== other)),
      }),
      reasons: [],
    };
  },
  DeactivateAccount: ({ standing }) => {
    if (standing === 'unregistered') return { reasons: ['Account not found'] };
    if (standing === 'deactivated') return { event: null, reasons: [] };
    return {
      event: { type: 'AccountDeactivated' },
      change: (state) => ({ ...state, standing: 'deactivated' }),
      reasons: [],
    };
  },
} as const satisfies Record<string, Rule>;

/** A command that the model knows. */
export type CommandType = keyof typeof RULES;

function removalOf(relationshipId = '?'): RecordedEvent {
  return relationshipId === '?'
    ? { type: 'FollowRemoved' }
    : { type: 'FollowRemoved', relationshipId };
}

function withoutFollow(other: string): Change {
  return (state) => ({
    ...state,
    follows: new Map([...state.follows].filter(([id]) => id !== other)),
  });
}

/** One account, as what is asked of it and answered shows it. */
export const accountModel: Model<AccountState, AccountInput, AccountOutput> = {
  initial: { version: 0, standing: 'unregistered', follows: new Map(), blocks: new Set() },
  step(state, input, output) {
    switch (input.kind) {
      case 'look':
        if (output === null) return null;
        return output.kind === 'seen' && state[input.at].has(input.other) === output.holds
          ? state
          : null;
      case 'policy': {
        const relationshipId = state.follows.get(input.other);
        if (relationshipId === undefined || output?.kind !== 'accepted') return null;
        return happened(state, removalOf(relationshipId), withoutFollow(input.other), output);
      }
      case 'command':
        return decided(state, input, output);
    }
  },
  key: ({ version, standing, follows, blocks }) =>
    `${version} ${standing} ${[...follows].sort().join(';')} ${[...blocks].sort()}`,
};

function decided(
  state: AccountState,
  { type, self, other, ifMatch }: Extract<AccountInput, { kind: 'command' }>,
  output: AccountOutput | null,
): AccountState | null {
  const isExpected = ifMatch === null || ifMatch === state.version;
  if (output?.kind === 'mismatch') {
    return !isExpected && output.version === state.version ? state : null;
  }
  if (!isExpected) return null;
  const rule: Rule = RULES[type];
  const { event, change = (same: AccountState) => same, reasons } = rule(state, self, other);
  if (output === null) return event ? happened(state, event, change, null) : null;
  if (output.kind === 'rejected') {
    return reasons.includes(output.reason) && output.version === state.version ? state : null;
  }
  if (output.kind !== 'accepted' || event === undefined) return null;
  if (event !== null) return happened(state, event, change, output);
  return output.event === null && output.version === state.version ? state : null;
}

/** The state after an event, which raises the version by one; `null` where it was another event. */
function happened(
  state: AccountState,
  event: RecordedEvent,
  change: Change,
  output: Extract<AccountOutput, { kind: 'accepted' }> | null,
): AccountState | null {
  const version = state.version + 1;
  if (output === null) return { ...change(state, event), version };
  const told = output.event;
  if (output.version !== version || told === null) return null;
  const isSame = Object.entries(event).every(
    ([member, value]) => Reflect.get(told, member) === value,
  );
  return isSame ? { ...change(state, told), version } : null;
}
