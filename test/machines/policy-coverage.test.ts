/**
 * What every transition of every policy's machine comes to: the ways are found by the machines
 * themselves; what stands here is where they lead and what is sent on them.
 */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { app } from '../../machines/index.ts';
import { coverPolicy, replayPolicyPath } from '../../src/testing/index.ts';
import { samples } from './paths.ts';

const [byFollowee, ofFollowee] = ['blocked_by_followee', 'blocked_followee'];
const [limit, gone] = ['follow_limit_exceeded', 'account_deactivated'];
const END = null;

type Came = readonly [state: string | null, reasons: readonly string[]];

/** By policy and transition: the state after it, and the reasons of the removals sent by then. */
const outcomes: Readonly<Record<string, Readonly<Record<string, Came>>>> = {
  blocking: {
    'waiting · AccountBlocked': ['removingBoth', [byFollowee, ofFollowee]],
    'removingBoth · command.*': ['removingOther', [byFollowee, ofFollowee]],
    'removingOther · command.*': [END, [byFollowee, ofFollowee]],
  },
  'follow-guard': {
    'looking · FollowCreated [followeeBlocks]': [END, [byFollowee]],
    'looking · FollowCreated [followerBlocks]': [END, [ofFollowee]],
    'looking · FollowCreated [oneIsInactive]': [END, [gone]],
    'looking · FollowCreated [otherwise]': [END, []],
  },
  'follow-limit': {
    'looking · FollowCreated [exceedsLimit]': [END, [limit]],
    'looking · FollowCreated [otherwise]': [END, []],
  },
  'account-cleanup': {
    'waiting · AccountDeactivated [pageHasItems]': ['removingFollowing', [gone]],
    'waiting · AccountDeactivated [otherwise]': ['awaitingFollowers', []],
    'removingFollowing · command.* [moreIsAwaited]': ['removingFollowing', [gone, gone]],
    'removingFollowing · command.* [pageHasItems]': ['removingFollowing', [gone, gone, gone]],
    'removingFollowing · command.* [otherwise]': ['awaitingFollowers', [gone]],
    'awaitingFollowers · after untilNextLook [readModelHasPassed]': ['openingFollowers', []],
    'awaitingFollowers · after untilNextLook [otherwise]': ['awaitingFollowers', []],
    'openingFollowers · after atOnce [pageHasItems]': ['removingFollowers', [gone]],
    'openingFollowers · after atOnce [otherwise]': [END, []],
    'removingFollowers · command.* [moreIsAwaited]': ['removingFollowers', [gone, gone]],
    'removingFollowers · command.* [pageHasItems]': ['removingFollowers', [gone, gone, gone]],
    'removingFollowers · command.* [otherwise]': [END, [gone]],
  },
};

describe.each([...app.policies])('%s', (_, policy) => {
  const { paths, coverage } = coverPolicy(policy, samples);

  test('takes every transition, and finds every guard closed', () => {
    console.log(coverage.table());
    coverage.mustBeComplete();
  });

  test('does the same when it is asked again, and between any two steps is stored and read', () => {
    for (const path of paths) replayPolicyPath(path, policy);
  });
});

test.each(Object.entries(outcomes))(
  '%s comes by each to where it is to come, and sends what it is to send',
  (name, expected) => {
    const policy = app.policies.get(name);
    if (policy === undefined) throw new Error(`the app has no policy ${name}`);
    const found = coverPolicy(policy, samples).paths.flatMap(({ covers, value, sent }) =>
      covers
        .filter(({ kind }) => kind === 'transition')
        .map((item) => [item.name, [value, sent.map(({ data }) => reasonOf(data))]]),
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  },
);

function reasonOf(data: unknown): string {
  return z.object({ reason: z.string() }).parse(data).reason;
}
