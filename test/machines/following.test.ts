import { describe, expect, it } from 'vitest';
import {
  active,
  block,
  command,
  decide,
  follow,
  isInactive,
  isThere,
  NOW,
  reasonOf,
  states,
} from './account-steps.ts';

const yesNo = [true, false];
const every = Object.entries(states).flatMap(([name, state]) =>
  yesNo.flatMap((itself) =>
    [null, isInactive, isThere].flatMap((followee) =>
      yesNo.flatMap((blocks) =>
        yesNo.flatMap((isBlocked) =>
          yesNo.map((follows) => ({ name, state, itself, followee, blocks, isBlocked, follows })),
        ),
      ),
    ),
  ),
);

describe('FollowAccount', () => {
  it('records the follow under the command’s id', () => {
    const message = command(
      'FollowAccount',
      { followerId: 'ann', followeeId: 'bob' },
      { facts: { followee: isThere } },
    );
    const decision = decide(active, message);
    expect(decision.events).toEqual([
      {
        type: 'FollowCreated',
        data: {
          relationshipId: 'command-FollowAccount',
          followerId: 'ann',
          followeeId: 'bob',
          createdAt: NOW,
        },
      },
    ]);
    expect(decision.hasNoEffect).toBe(false);
  });

  it('gives the first reason that holds, whatever else does', () => {
    for (const given of every) {
      const followeeId = given.itself ? 'ann' : 'bob';
      const facts = {
        followee: given.followee,
        follow: given.follows ? follow() : null,
        blockOfFollowee: given.blocks ? block() : null,
        blockByFollowee: given.isBlocked ? block() : null,
      };
      const message = command('FollowAccount', { followerId: 'ann', followeeId }, { facts });
      const decision = decide(given.state, message);
      const isOff = given.name === 'deactivated' || given.followee === isInactive;
      const reason = [
        given.itself && 'Cannot follow yourself',
        given.name === 'unregistered' && 'Follower account not found',
        given.followee === null && 'Followee account not found',
        isOff && 'One or both accounts are inactive',
        (given.blocks || given.isBlocked) && 'Blocked relationship prevents following',
      ].find((candidate) => candidate !== false);

      if (reason !== undefined) {
        expect(reasonOf(given.state, decision), JSON.stringify(given)).toBe(reason);
        expect(decision.events).toEqual([
          {
            type: 'FollowRejected',
            data: { followerId: 'ann', followeeId, reason, attemptedAt: NOW },
          },
        ]);
      } else {
        expect(decision.hasNoEffect, JSON.stringify(given)).toBe(given.follows);
        expect(decision.events.map(({ type }) => type)).toEqual(
          given.follows ? [] : ['FollowCreated'],
        );
      }
    }
  });
});
