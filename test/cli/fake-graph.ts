/** A command as a client sends it. */
export interface FakeCommand {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

export type FakeResult = Record<string, unknown> & { status: string };

interface TrailEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
  readonly occurredAt: string;
}

/** A social graph in memory, with the policy that lets a block end follows. */
export class FakeGraph {
  readonly accounts = new Set<string>();
  readonly follows = new Set<string>();
  readonly blocks = new Set<string>();
  /** Every event that a command made, once for each time it was made. */
  readonly events: string[] = [];
  /** By account, oldest first. */
  readonly trails = new Map<string, TrailEvent[]>();
  /** Blocks that the policy has not seen yet. */
  readonly unseen: [blocker: string, blocked: string][] = [];
  #clockMs = Date.UTC(2026, 0, 1);

  clear(): void {
    for (const all of [this.accounts, this.follows, this.blocks, this.trails]) all.clear();
    this.events.length = 0;
    this.unseen.length = 0;
  }

  decide({ type, data }: FakeCommand): FakeResult {
    const [a = '', b = ''] = Object.values(data);
    const follow = `${a} follows ${b}`;
    const block = `${a} blocks ${b}`;
    const unknown = ![a, b].every((id) => this.accounts.has(id));
    switch (type) {
      case 'RegisterAccount':
        if (this.accounts.has(a)) return rejected('Account already registered');
        this.accounts.add(a);
        return this.#accepted('AccountRegistered', a, data);
      case 'FollowAccount':
        if (unknown) return rejected('Followee account not found');
        if (this.blocks.has(block) || this.blocks.has(`${b} blocks ${a}`)) {
          return this.#refused('FollowRejected', 'Blocked relationship prevents following', data);
        }
        if (this.follows.has(follow)) return { status: 'accepted', events: [] };
        this.follows.add(follow);
        return this.#accepted('FollowCreated', follow, data);
      case 'BlockAccount':
        if (unknown) return rejected('Account to block not found');
        this.blocks.add(block);
        this.unseen.push([a, b]);
        return this.#accepted('AccountBlocked', block, data);
      case 'UnblockAccount':
        if (!this.blocks.delete(block)) return { status: 'accepted', events: [] };
        return this.#accepted('AccountUnblocked', block, data);
      default:
        if (!this.follows.delete(follow)) return { status: 'accepted', events: [] };
        return this.#accepted('FollowRemoved', follow, data);
    }
  }

  /** Lets the policy see all blocks. */
  runPolicy(): void {
    for (const [blocker, blocked] of this.unseen.splice(0)) {
      this.#endFollow(blocked, blocker, 'blocked_by_followee');
      this.#endFollow(blocker, blocked, 'blocked_followee');
    }
  }

  /** Ids that an account follows or blocks. */
  list(id: string, what: 'follows' | 'blocks'): string[] {
    const others = new Set(this.trails.get(id)?.flatMap(({ data }) => Object.values(data)));
    return [...others].filter((other) => this[what].has(`${id} ${what} ${other}`));
  }

  #endFollow(followerId: string, followeeId: string, reason: string): void {
    if (!this.follows.delete(`${followerId} follows ${followeeId}`)) return;
    this.#record(followerId, 'FollowRemoved', { followerId, followeeId, reason });
  }

  #accepted(type: string, what: string, data: FakeCommand['data']): FakeResult {
    this.events.push(`${type} ${what}`);
    this.#record(Object.values(data)[0] ?? '', type, data);
    return { status: 'accepted', events: [{ type }] };
  }

  #refused(type: string, reason: string, data: FakeCommand['data']): FakeResult {
    this.#record(Object.values(data)[0] ?? '', type, { ...data, reason });
    return rejected(reason);
  }

  #record(id: string, type: string, data: FakeCommand['data']): void {
    this.#clockMs += 5;
    const event = { type, data, occurredAt: new Date(this.#clockMs).toISOString() };
    this.trails.set(id, [...(this.trails.get(id) ?? []), event]);
  }
}

const rejected = (detail: string): FakeResult => ({ status: 'rejected', httpStatus: 409, detail });
