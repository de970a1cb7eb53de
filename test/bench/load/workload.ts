/**
 * What the load is made of: `FollowAccount` only, the command that reads the most, each follow a
 * new one. Ids have one length, so that requests can be put together from constant parts.
 */

/** Whose follows are sent: those of many accounts in turn, from one number on, or all of one. */
export type Spread =
  | { readonly kind: 'spread'; readonly first: number; readonly followers: number }
  | { readonly kind: 'hot' };

export interface Workload {
  readonly spread: Spread;
  /** How many accounts there are to follow. */
  readonly accounts: number;
  /** How many follows of this workload were sent before: the next ones are new. */
  readonly sent: number;
}

/** The id of the account of that number. */
export function accountId(index: number): string {
  return `acc-${String(index).padStart(9, '0')}`;
}

/** The follow of that number: follower and followee, by account number. */
export function followOf(workload: Workload, number: number): readonly [number, number] {
  const { spread, accounts } = workload;
  const others = accounts - 1;
  const [follower, round] =
    spread.kind === 'spread'
      ? [spread.first + (number % spread.followers), Math.floor(number / spread.followers)]
      : [accounts - 1 - Math.floor(number / others), number % others];
  if (round >= others || follower < 0) throw new Error('every account follows every other');
  // Steps of a prime spread the followees over the partitions and over the accounts.
  const followee = (follower + 1 + ((round * 7_919) % others)) % accounts;
  return [follower, followee];
}

/** A follow as a request over HTTP, of the same length for all. */
export function followRequest(port: number, follower: number, followee: number): string {
  const body = `{"followerId":"${accountId(follower)}","followeeId":"${accountId(followee)}"}`;
  return (
    `POST /v1/commands/FollowAccount HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  );
}

/** Of filled accounts, those before this share are active; what comes after was deactivated. */
export const ACTIVE_SHARE = 0.9;
/** The account with a long history. */
export const HISTORY_ACCOUNT = 'acc-history';
