import type { CommandType } from '../linearizability/account-model.ts';

/** One account of the model. */
export interface AccountModel {
  standing: 'active' | 'deactivated';
  version: number;
  readonly email: string;
  readonly username: string;
  readonly follows: Set<string>;
  readonly blocks: Set<string>;
}

/** What a command between accounts says. */
export interface Asked {
  readonly type: CommandType;
  readonly self: string;
  readonly other: string;
  readonly email: string;
  readonly username: string;
}

/** What it is to be answered. */
export type Predicted =
  | { readonly status: 200; readonly version: number; readonly event: string | null }
  | { readonly status: 409; readonly version: number; readonly reason: string };

/** The graph as the contract describes it, one command at a time and with its policies at rest. */
export class GraphModel {
  readonly accounts = new Map<string, AccountModel>();
  /** Where what was answered stands in the feed. */
  readonly positions = new Set<string>();
  /** Whether policies have something to do. */
  isUnsettled = false;

  versionOf(id: string): number {
    return this.accounts.get(id)?.version ?? 0;
  }

  follows(follower: string, followee: string): boolean {
    return this.accounts.get(follower)?.follows.has(followee) ?? false;
  }

  blocks(blocker: string, blocked: string): boolean {
    return this.accounts.get(blocker)?.blocks.has(blocked) ?? false;
  }

  followersOf(id: string): string[] {
    return [...this.accounts].filter(([, { follows }]) => follows.has(id)).map(([other]) => other);
  }

  /** Runs a command. */
  run(asked: Asked): Predicted {
    const reason = this.#refusal(asked);
    const { self } = asked;
    if (reason !== null) return { status: 409, version: this.versionOf(self), reason };
    const event = this.#effect(asked);
    const account = this.accounts.get(self);
    if (event !== null && account) account.version += 1;
    return { status: 200, version: this.versionOf(self), event };
  }

  #refusal({ type, self, other, email, username }: Asked): string | null {
    const own = this.accounts.get(self);
    const others = this.accounts.get(other);
    switch (type) {
      case 'RegisterAccount': {
        const all = [...this.accounts.values()];
        if (all.some((each) => each.email === email)) return 'Email already registered';
        if (all.some((each) => each.username === username)) return 'Username already taken';
        return own ? 'Account already registered' : null;
      }
      case 'FollowAccount':
        if (self === other) return 'Cannot follow yourself';
        if (!own) return 'Follower account not found';
        if (!others) return 'Followee account not found';
        if (own.standing === 'deactivated' || others.standing === 'deactivated') {
          return 'One or both accounts are inactive';
        }
        return own.blocks.has(other) || others.blocks.has(self)
          ? 'Blocked relationship prevents following'
          : null;
      case 'BlockAccount':
        if (self === other) return 'Cannot block yourself';
        if (!own) return 'Blocker account not found';
        return others ? null : 'Account to block not found';
      case 'UnblockAccount':
        return own ? null : 'Blocker account not found';
      case 'DeactivateAccount':
        return own ? null : 'Account not found';
      case 'RemoveFollower':
        return null;
    }
  }

  /** Of a command that is not refused: its event, `null` where it has no effect. */
  #effect({ type, self, other, email, username }: Asked): string | null {
    if (type === 'RegisterAccount') {
      const none = { follows: new Set<string>(), blocks: new Set<string>() };
      this.accounts.set(self, { standing: 'active', version: 0, email, username, ...none });
      return 'AccountRegistered';
    }
    const own = this.accounts.get(self);
    if (!own) return null;
    switch (type) {
      case 'FollowAccount':
        return added(own.follows, other) ? 'FollowCreated' : null;
      case 'RemoveFollower':
        return own.follows.delete(other) ? 'FollowRemoved' : null;
      case 'BlockAccount':
        own.blocks.add(other);
        this.isUnsettled ||= this.follows(self, other) || this.follows(other, self);
        return 'AccountBlocked';
      case 'UnblockAccount':
        return own.blocks.delete(other) ? 'AccountUnblocked' : null;
      case 'DeactivateAccount':
        if (own.standing === 'deactivated') return null;
        own.standing = 'deactivated';
        this.isUnsettled ||= own.follows.size > 0 || this.followersOf(self).length > 0;
        return 'AccountDeactivated';
    }
  }

  /** What the policies make of it: no follow beside a block, none of one that is not active. */
  settle(): void {
    this.isUnsettled = false;
    for (const [id, account] of this.accounts) {
      for (const other of [...account.follows]) {
        const isActive = [account, this.accounts.get(other)].every(
          (each) => each?.standing === 'active',
        );
        if (isActive && !account.blocks.has(other) && !this.blocks(other, id)) continue;
        account.follows.delete(other);
        account.version += 1;
      }
    }
  }
}

function added(set: Set<string>, value: string): boolean {
  if (set.has(value)) return false;
  set.add(value);
  return true;
}
