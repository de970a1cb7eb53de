/** The bare servers' keys, and what they ask of Redis. */
import { readFileSync } from 'node:fs';
import { partitionOf } from '../../../src/engine/address.ts';
import { type FollowAccount, type FollowFacts, newAccount } from './account.ts';

/** What both servers need of Redis; they differ in the client that does it. */
export interface BareStore {
  account(keys: AccountKeys): Promise<StoredAccount>;
  facts(keys: AccountKeys, follow: FollowAccount): Promise<FollowFacts>;
  /** The position of the last record, or 0 for a conflict. */
  commit(args: readonly string[]): Promise<number>;
}

/** The keys of one account, worked out once. */
export interface AccountKeys {
  readonly partition: number;
  readonly account: string;
  readonly feed: string;
  readonly following: string;
  readonly blocked: string;
}

export interface StoredAccount {
  readonly version: string;
  readonly snapshot: string;
}

export const COMMIT_SCRIPT = readFileSync(
  new URL('../../../../test/bench/bare/commit.lua', import.meta.url),
  'utf8',
);

const PARTITIONS = 64;

export function keysOf(id: string): AccountKeys {
  const partition = partitionOf(`account:${id}`, PARTITIONS);
  return {
    partition,
    account: `{${partition}}a:${id}`,
    feed: `{${partition}}feed`,
    following: `{${partition}}f:${id}`,
    blocked: `{${partition}}b:${id}`,
  };
}

/** The facts that the replies tell, in the order in which both stores read. */
export function toFacts(
  view: string | null,
  following: string | null,
  blocked: string | null,
  blockedBy: string | null,
  followingCount: number,
): FollowFacts {
  const followee = view === null ? null : JSON.parse(view);
  return { followee, following, blocked, blockedBy, followingCount };
}

/** The command that makes an account, for filling a store. */
export function newAccountCommand(id: string): string[] {
  const view = '{"isActive":true}';
  return ['hset', keysOf(id).account, 'v', '1', 's', newAccount(id), 'view', view];
}
