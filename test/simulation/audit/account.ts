/** The auditor's own account: what events make of it. */
import type { Data, FeedRecord } from './content.ts';

export interface Follow {
  readonly at: string;
  readonly relationshipId: string;
}

type FeedEvent = FeedRecord['events'][number];

export class Account {
  email: string | null = null;
  username: string | null = null;
  registeredAt: string | null = null;
  deactivatedAt: string | null = null;
  version = 0;
  /** Records, refusals included. */
  records = 0;
  lastPosition = 0;
  readonly following = new Map<string, Follow>();
  /** Since when, by whom it blocks. */
  readonly blocked = new Map<string, string>();
  /** When it came to its versions, in ms by the scheduler: version 0 always was. */
  readonly reachedAt: number[] = [Number.NEGATIVE_INFINITY];
  /** What is so of it at its versions, as far as answers without a record depend on it. */
  readonly states: {
    readonly isRegistered: boolean;
    readonly isActive: boolean;
    readonly follows: ReadonlySet<string>;
    readonly blocks: ReadonlySet<string>;
  }[] = [{ isRegistered: false, isActive: false, follows: new Set(), blocks: new Set() }];

  get isRegistered(): boolean {
    return this.registeredAt !== null;
  }

  get isActive(): boolean {
    return this.registeredAt !== null && this.deactivatedAt === null;
  }

  take(record: FeedRecord, at: number): void {
    this.records += 1;
    this.lastPosition = record.position;
    if (record.events.every(isRefusal)) return;
    for (const event of record.events) this.#apply(event);
    this.version += 1;
    this.reachedAt[this.version] = at;
    this.states[this.version] = {
      isRegistered: this.isRegistered,
      isActive: this.isActive,
      follows: new Set(this.following.keys()),
      blocks: new Set(this.blocked.keys()),
    };
  }

  #apply({ type, data }: FeedEvent): void {
    switch (type) {
      case 'AccountRegistered':
        this.email = text(data, 'email');
        this.username = text(data, 'username');
        this.registeredAt = text(data, 'registeredAt');
        return;
      case 'AccountDeactivated':
        this.deactivatedAt = text(data, 'deactivatedAt');
        return;
      case 'FollowCreated': {
        const follow = {
          at: text(data, 'createdAt'),
          relationshipId: text(data, 'relationshipId'),
        };
        this.following.set(text(data, 'followeeId'), follow);
        return;
      }
      case 'FollowRemoved':
        this.following.delete(text(data, 'followeeId'));
        return;
      case 'AccountBlocked':
        if (data.wasAlreadyBlocked !== true) {
          this.blocked.set(text(data, 'blockedId'), text(data, 'blockedAt'));
        }
        return;
      case 'AccountUnblocked':
        this.blocked.delete(text(data, 'blockedId'));
    }
  }
}

/** Whether an event says that nothing was done. */
export function isRefusal({ type }: FeedEvent): boolean {
  return type.endsWith('Rejected') || type.endsWith('Failed');
}

/** A member that is a text. */
export function text(data: Data, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : `no ${name}`;
}

/** Emails and usernames are compared so. */
export function normal(value: string): string {
  return value.toLowerCase();
}
