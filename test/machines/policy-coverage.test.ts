/** Every transition of every policy's machine is taken by one of these rows. */

import { describe, expect, it } from 'vitest';
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { FOLLOW_LIMIT } from '../../machines/account/collections.ts';
import { app } from '../../machines/index.ts';
import { block, isInactive, isThere, NOW } from './account-steps.ts';
import { type Bare, begin, outcome, type Taken, take } from './policy-steps.ts';

type Facts = Record<string, unknown>;
type Step = readonly [message: Bare, facts?: Facts];
type Row = readonly [policy: string, after: string, path: readonly Step[], sends: number];

function recorded(type: string, data: Facts, facts: Facts = {}): Bare {
  return { type, data, event: { facts } };
}

const blocked = recorded('AccountBlocked', { blockerId: 'ann', blockedId: 'bob', blockedAt: NOW });
const follow = { relationshipId: 'r', followerId: 'ann', followeeId: 'bob', createdAt: NOW };
const followed = (followingBefore = 0) => recorded('FollowCreated', follow, { followingBefore });
const deactivation = { accountId: 'ann', deactivatedAt: NOW, reason: null };
const deactivated = recorded('AccountDeactivated', deactivation);
const [accepted, refused, failed] = [
  outcome('command.accepted'),
  outcome('command.rejected'),
  outcome('command.failed'),
];
const both = { follower: isThere, followee: isThere, blockByFollowee: null, blockOfFollowee: null };
const look: Bare = { type: 'xstate.after.untilNextLook.account-cleanup.awaitingFollowers' };
const open: Bare = { type: 'xstate.after.atOnce.account-cleanup.openingFollowers' };
const place = { since: NOW, key: 'cid' };

function page(keys: readonly string[], next: typeof place | null = null): Facts {
  return { page: { items: keys.map((key) => ({ key, since: NOW, value: null })), next } };
}
const two = page(['bob', 'cid']);
const follows: Step = [deactivated, { ...two, heads: [7] }];
const toFollowers: readonly Step[] = [
  [deactivated, { ...page([]), heads: [7] }],
  [look, { passed: true }],
];
const firstPage: readonly Step[] = [...toFollowers, [open, two]];

const rows: readonly Row[] = [
  ['blocking', 'removingBoth', [[blocked]], 2],
  ['blocking', 'removingOther', [[blocked], [accepted]], 2],
  ['blocking', 'done', [[blocked], [failed], [accepted]], 2],
  ['follow-guard', 'done', [[followed(), { ...both, blockByFollowee: block() }]], 1],
  ['follow-guard', 'done', [[followed(), { ...both, blockOfFollowee: block() }]], 1],
  ['follow-guard', 'done', [[followed(), { ...both, followee: isInactive }]], 1],
  ['follow-guard', 'done', [[followed(), both]], 0],
  ['follow-limit', 'done', [[followed(FOLLOW_LIMIT)]], 1],
  ['follow-limit', 'done', [[followed(FOLLOW_LIMIT - 1)]], 0],
  ['account-cleanup', 'removingFollowing', [follows], 2],
  ['account-cleanup', 'removingFollowing', [follows, [refused]], 2],
  ['account-cleanup', 'removingFollowing', [follows, [failed], [accepted, page(['dan'])]], 3],
  ['account-cleanup', 'awaitingFollowers', [follows, [accepted], [accepted]], 2],
  ['account-cleanup', 'awaitingFollowers', toFollowers.slice(0, 1), 0],
  [
    'account-cleanup',
    'awaitingFollowers',
    [...toFollowers.slice(0, 1), [look, { passed: false }]],
    0,
  ],
  ['account-cleanup', 'openingFollowers', toFollowers, 0],
  ['account-cleanup', 'done', [...toFollowers, [open, page([])]], 0],
  ['account-cleanup', 'removingFollowers', firstPage, 2],
  ['account-cleanup', 'removingFollowers', [...firstPage, [failed]], 2],
  [
    'account-cleanup',
    'removingFollowers',
    [...firstPage, [refused], [accepted, page(['dan', 'eve'])]],
    4,
  ],
  ['account-cleanup', 'done', [...firstPage, [accepted], [failed]], 2],
];

function run([name, , path]: Row): Taken[] {
  const policy = app.policies.get(name);
  if (policy === undefined) throw new Error(`The app has no policy ${name}`);
  let kept = begin(policy);
  return path.map(([message, facts = {}]) => {
    const taken = take(policy, kept, message, () => facts);
    kept = taken.kept;
    return taken;
  });
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [
    ...[...node.transitions.values()].flat(),
    ...Object.values(node.states).flatMap(transitionsOf),
  ];
}

describe('the policies’ transitions', () => {
  it.each(rows.map((row, place) => ({ place, policy: row[0], after: row[1], row })))(
    '$place: $policy comes to $after',
    ({ row }) => {
      const [, after, , sends] = row;
      const steps = run(row);
      for (const step of steps) expect(step.handled).toBe(true);
      expect(steps.at(-1)?.value).toBe(after);
      expect(steps.at(-1)?.done).toBe(after === 'done');
      expect(steps.flatMap((step) => step.sends)).toHaveLength(sends);
    },
  );

  it('are all taken', () => {
    const taken = new Set(rows.flatMap(run).flatMap((step) => step.transitions));
    const all = [...app.policies.values()].flatMap(({ machine }) => transitionsOf(machine.root));
    const missed = all.filter((transition) => !taken.has(transition));
    expect(missed.map(({ source, eventType, guard }) => [source.id, eventType, guard])).toEqual([]);
    expect(all).toHaveLength(rows.length);
  });
});
