import { describe, expect, it } from 'vitest';
import { following } from '../../machines/account/collections.ts';
import { blocking } from '../../machines/policies/blocking.ts';
import type { Sending } from '../../src/define/index.ts';
import { begin, take } from './policy-steps.ts';
import { type Intent, SocialWorld } from './social-world.ts';

const verbs = {
  follows: ['FollowAccount', { followerId: 'bob', followeeId: 'ann' }],
  'is followed': ['FollowAccount', { followerId: 'ann', followeeId: 'bob' }],
  unfollows: ['RemoveFollower', { followerId: 'bob', followeeId: 'ann' }],
  'is blocked': ['BlockAccount', { blockerId: 'ann', blockedId: 'bob' }],
  'is unblocked': ['UnblockAccount', { blockerId: 'ann', blockedId: 'bob' }],
} as const;
type Verb = keyof typeof verbs;

/** What is left of follows when all that blocking sent comes late, after what happened to Bob. */
function left(...happened: readonly (readonly [at: number, verb: Verb])[]): string[] {
  const world = new SocialWorld();
  let count = 0;
  const commit = (type: Intent['type'], body: Record<string, unknown>, at: number) =>
    world.commit({ type, body, at, commandId: `c${count++}` });
  for (const accountId of ['ann', 'bob']) {
    const body = { accountId, email: `${accountId}@b.c`, username: accountId };
    commit('RegisterAccount', body, 0);
  }
  for (const [at, verb] of happened) commit(verbs[verb][0], verbs[verb][1], at);
  const blocks = world.feed.filter(({ type }) => type === 'AccountBlocked');
  const sends: Sending[] = blocks.flatMap((recorded) => [
    ...take(blocking, begin(blocking), { ...recorded }, () => ({})).sends,
  ]);
  for (const { data } of sends) commit('RemoveFollower', { ...Object(data) }, 99);
  return world.pairs(following).sort();
}

describe('a removal that blocking sent and that comes late', () => {
  it('takes the follows both ways while the block stands', () => {
    expect(left([1, 'follows'], [2, 'is followed'], [3, 'is blocked'])).toEqual([]);
  });

  it('takes the follows from before a block that was lifted since', () => {
    const happened = [
      [1, 'follows'],
      [2, 'is followed'],
      [3, 'is blocked'],
      [4, 'is unblocked'],
    ] as const;
    expect(left(...happened)).toEqual([]);
  });

  it('leaves a follow made after the unblock', () => {
    expect(left([1, 'is blocked'], [2, 'is unblocked'], [3, 'follows'])).toEqual(['bob ann']);
    const again = left(
      [1, 'is followed'],
      [2, 'is blocked'],
      [3, 'is blocked'],
      [4, 'is unblocked'],
      [5, 'follows'],
    );
    expect(again).toEqual(['bob ann']);
  });

  it('leaves a follow of the very millisecond of a block that was lifted', () => {
    expect(left([3, 'is blocked'], [3, 'is unblocked'], [3, 'follows'])).toEqual(['bob ann']);
  });

  it('takes a follow made after an unblock, where a block stands once more', () => {
    const happened = [
      [1, 'is blocked'],
      [2, 'is unblocked'],
      [3, 'follows'],
      [4, 'is blocked'],
    ] as const;
    expect(left(...happened)).toEqual([]);
    expect(left(...happened, [5, 'is unblocked'])).toEqual([]);
    expect(left(...happened, [5, 'is unblocked'], [6, 'unfollows'], [7, 'follows'])).toEqual([
      'bob ann',
    ]);
    expect(left(...happened, [5, 'is unblocked'], [6, 'follows'])).toEqual([]);
  });
});
