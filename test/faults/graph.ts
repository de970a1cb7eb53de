import { z } from 'zod';
import { withEach } from './at-once.ts';
import type { Client } from './client.ts';
import { isOfPolicy, type TrailEvent, trailOf } from './ledger.ts';

/** A follow, as the trails tell it. */
export interface Follow {
  readonly id: string;
  readonly follower: string;
  readonly followee: string;
}

/** The social graph as the trails of its accounts tell it. */
export interface Graph {
  readonly trails: ReadonlyMap<string, readonly TrailEvent[]>;
  readonly active: ReadonlySet<string>;
  /** By account: those that were registered. */
  readonly following: ReadonlyMap<string, ReadonlyMap<string, Follow>>;
  readonly blocked: ReadonlyMap<string, ReadonlySet<string>>;
  /** What happened more or less often than once, or to nobody. */
  readonly faults: readonly string[];
}

const follow = z.object({
  relationshipId: z.string(),
  followerId: z.string(),
  followeeId: z.string(),
});
const blocking = z.object({ blockerId: z.string(), blockedId: z.string() });

/** Reads what happened to these accounts, who are all that there are. */
export async function readGraph(
  client: Client,
  url: string,
  accounts: readonly string[],
): Promise<Graph> {
  const trails = new Map<string, readonly TrailEvent[]>();
  await withEach(accounts, async (account) => {
    trails.set(account, await trailOf(client, url, account));
  });
  return new Folding(trails).result();
}

class Folding {
  readonly #trails: ReadonlyMap<string, readonly TrailEvent[]>;
  readonly #active = new Set<string>();
  readonly #following = new Map<string, Map<string, Follow>>();
  readonly #blocked = new Map<string, Set<string>>();
  readonly #relationships = new Set<string>();
  readonly #commands = new Set<string>();
  readonly #faults: string[] = [];

  constructor(trails: ReadonlyMap<string, readonly TrailEvent[]>) {
    this.#trails = trails;
  }

  result(): Graph {
    for (const [account, trail] of this.#trails) {
      for (const event of trail) {
        this.#expect(!this.#commands.has(event.cause.commandId), account, event, 'a second time');
        this.#commands.add(event.cause.commandId);
        this.#fold(account, event);
      }
    }
    return {
      trails: this.#trails,
      active: this.#active,
      following: this.#following,
      blocked: this.#blocked,
      faults: [...this.#faults, ...feedGaps(this.#trails)],
    };
  }

  #fold(account: string, event: TrailEvent): void {
    const follows = this.#following.get(account);
    const blocks = this.#blocked.get(account);
    switch (event.type) {
      case 'AccountRegistered':
        this.#expect(!follows, account, event, 'though it is registered');
        this.#following.set(account, new Map());
        this.#blocked.set(account, new Set());
        this.#active.add(account);
        break;
      case 'AccountDeactivated':
        this.#expect(this.#active.delete(account), account, event, 'though it is not active');
        break;
      case 'FollowCreated':
        this.#followed(account, event, follows);
        break;
      case 'FollowRemoved':
        this.#removed(account, event, follows);
        break;
      case 'AccountBlocked': {
        const { blockedId } = blocking.parse(event.data);
        const was = event.data.wasAlreadyBlocked;
        this.#expect(blocks?.has(blockedId) === was, account, event, 'and says otherwise');
        blocks?.add(blockedId);
        break;
      }
      case 'AccountUnblocked': {
        const { blockedId } = blocking.parse(event.data);
        this.#expect(blocks?.delete(blockedId), account, event, 'though none is blocked');
      }
    }
  }

  #followed(account: string, event: TrailEvent, follows?: Map<string, Follow>): void {
    const {
      relationshipId: id,
      followerId: follower,
      followeeId: followee,
    } = follow.parse(event.data);
    this.#expect(!this.#relationships.has(id), account, event, 'though there was this follow');
    this.#relationships.add(id);
    this.#expect(follows && !follows.has(followee), account, event, 'though it follows');
    follows?.set(followee, { id, follower, followee });
  }

  #removed(account: string, event: TrailEvent, follows?: Map<string, Follow>): void {
    const { relationshipId, followeeId } = follow.parse(event.data);
    const was = follows?.get(followeeId);
    this.#expect(was?.id === relationshipId, account, event, 'though there is no such follow');
    follows?.delete(followeeId);
    if (!isOfPolicy(event)) return;
    const isCaused = this.#isCaused(account, followeeId, event.data.reason);
    this.#expect(isCaused, account, event, 'for no cause');
  }

  /** Whether there ever was what a policy removed a follow for. */
  #isCaused(follower: string, followee: string, reason: unknown): boolean {
    const blocks = (account: string, other: string) =>
      this.#ever(
        account,
        ({ type, data }) => type === 'AccountBlocked' && data.blockedId === other,
      );
    const left = (account: string) =>
      this.#ever(account, ({ type }) => type === 'AccountDeactivated');
    switch (reason) {
      case 'blocked_by_followee':
        return blocks(followee, follower);
      case 'blocked_followee':
        return blocks(follower, followee);
      case 'account_deactivated':
        return left(follower) || left(followee);
      default:
        return false;
    }
  }

  #ever(account: string, is: (event: TrailEvent) => boolean): boolean {
    return this.#trails.get(account)?.some(is) ?? false;
  }

  #expect(holds: boolean | undefined, account: string, event: TrailEvent, otherwise: string): void {
    if (holds) return;
    this.#faults.push(`${account}: ${event.type} ${JSON.stringify(event.data)} ${otherwise}`);
  }
}

/** Positions that no trail has, or two records have. */
function feedGaps(trails: ReadonlyMap<string, readonly TrailEvent[]>): string[] {
  const faults: string[] = [];
  const feeds = new Map<string, Map<number, string>>();
  for (const { position, id } of [...trails.values()].flat()) {
    const [partition = '', place = ''] = position.split(':');
    // Every command of this domain comes to one event.
    if (!place.endsWith('.0')) faults.push(`${id} is not alone at ${position}`);
    const feed = feeds.get(partition) ?? new Map<number, string>();
    feeds.set(partition, feed);
    const other = feed.get(Number.parseInt(place, 10));
    if (other !== undefined) faults.push(`${id} and ${other} stand at ${position}`);
    feed.set(Number.parseInt(place, 10), id);
  }
  for (const [partition, feed] of feeds) {
    for (let position = 1; position <= feed.size; position++) {
      if (!feed.has(position)) faults.push(`nothing stands at ${partition}:${position}`);
    }
  }
  return faults;
}
