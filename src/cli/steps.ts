/** One command of a history, as it is sent. */
export interface Step {
  /** Idempotency key: the same step has the same key in every run. */
  readonly key: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
  /** The two people it is about, in either direction; `null` where it is about one alone. */
  readonly pair: string | null;
}

/**
 * What is replayed: phases of steps. All of a phase is acknowledged before the next begins;
 * within one, steps of the same pair keep their order and others may overtake each other.
 */
export interface History {
  /** Identity of the content: the same steps, the same id. */
  readonly id: string;
  readonly phases: readonly (readonly Step[])[];
}

/** A person of a history, as the account that stands for it. */
export interface Person {
  readonly accountId: string;
  readonly username: string;
  readonly email: string;
}

/** The account of person `name`: letters, digits and `-` only, at most 32 characters. */
export function person(name: string): Person {
  return {
    accountId: name,
    username: name.replaceAll('-', '_'),
    email: `${name}@example.com`,
  };
}

/** The step that registers a person, once in a history. */
export function registration(historyId: string, who: Person): Step {
  return {
    key: `${historyId}:register:${who.accountId}`,
    type: 'RegisterAccount',
    data: { ...who },
    pair: null,
  };
}

/** The unordered pair of two account ids; ids hold no blank, so no two pairs read the same. */
export function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

type FollowType = 'FollowAccount' | 'RemoveFollower';
type BlockType = 'BlockAccount' | 'UnblockAccount';

/** The command `type` from one account to another, under `key`. */
export function between(key: string, type: FollowType | BlockType, from: string, to: string): Step {
  const follows = type === 'FollowAccount' || type === 'RemoveFollower';
  const data = follows ? { followerId: from, followeeId: to } : { blockerId: from, blockedId: to };
  return { key, type, data, pair: pairOf(from, to) };
}
