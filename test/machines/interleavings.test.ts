import { describe, expect, it } from 'vitest';
import { accountView, blocked, following } from '../../machines/account/collections.ts';
import { accountCleanup } from '../../machines/policies/account-cleanup.ts';
import { blocking } from '../../machines/policies/blocking.ts';
import { followGuard } from '../../machines/policies/follow-guard.ts';
import { entry, type PolicyDefinition, type Sending, view } from '../../src/define/index.ts';
import { explore, type Moment, type Setting } from './schedules.ts';
import type { Recorded } from './social-world.ts';

/** Thousands of moments each, on a busy machine. */
const timeout = 60_000;

type Order = Setting['given'][number];

const register = (accountId: string): Order => ({
  type: 'RegisterAccount',
  body: { accountId, email: `${accountId}@b.c`, username: accountId },
});
const follow = (followerId: string, followeeId: string): Order => ({
  type: 'FollowAccount',
  body: { followerId, followeeId },
});
const block = (blockerId: string, blockedId: string): Order => ({
  type: 'BlockAccount',
  body: { blockerId, blockedId },
});
const unblock = (blockerId: string, blockedId: string): Order => ({
  type: 'UnblockAccount',
  body: { blockerId, blockedId },
});
const deactivate = (accountId: string): Order => ({
  type: 'DeactivateAccount',
  body: { accountId },
});

/** What lies between the two. */
function between({ world }: Moment) {
  const found = world.find({
    annFollows: entry(following, 'ann', 'bob'),
    bobFollows: entry(following, 'bob', 'ann'),
    annBlocks: entry(blocked, 'ann', 'bob'),
    bobBlocks: entry(blocked, 'bob', 'ann'),
    ann: view(accountView, 'ann'),
    bob: view(accountView, 'bob'),
  });
  return {
    follows: [found.annFollows, found.bobFollows].filter((edge) => edge !== null),
    isBlocked: found.annBlocks !== null || found.bobBlocks !== null,
    areActive: found.ann?.isActive === true && found.bob?.isActive === true,
  };
}

/** Notes when blocks were lifted, and which follows were there, and older, when one was made. */
function watch(moment: Moment, { type, data }: Recorded): void {
  const { notes, clock } = moment;
  const { follows, isBlocked } = between(moment);
  if (type === 'AccountBlocked' && 'blockedAt' in data) {
    for (const { since, value } of follows) {
      if (since < data.blockedAt) notes.set(`ended ${value.relationshipId}`, 1);
    }
  }
  if (type === 'AccountUnblocked') notes.set('lifted', clock);
  if (type === 'FollowRemoved' && 'relationshipId' in data && 'reason' in data) {
    notes.delete(`ended ${data.relationshipId}`);
    // A follow is named after the time at which it was asked for.
    const askedAt = Number(data.relationshipId.slice(1));
    const isForBlock = data.reason !== 'account_deactivated';
    if (isForBlock && !isBlocked && askedAt > (notes.get('lifted') ?? 0)) {
      throw new Error('a block took a later follow, made after the unblock');
    }
  }
}

function atRest(moment: Moment): void {
  expect(moment.waiting).toEqual([]);
  const { follows, isBlocked, areActive } = between(moment);
  if (follows.length === 0) return;
  if (isBlocked) throw new Error('a follow stands beside a block');
  if (!areActive) throw new Error('an inactive account has a follow');
  for (const { value } of follows) {
    if (moment.notes.has(`ended ${value.relationshipId}`)) {
      throw new Error('a follow outlived a block that came after it');
    }
  }
}

type Clients = Setting['clients'];

function run(clients: Clients, policies: readonly PolicyDefinition[], alter?: Setting['alter']) {
  const given = [register('ann'), register('bob')];
  const projects = policies.includes(accountCleanup);
  return explore({ policies, given, clients, projects, watch, atRest, ...(alter && { alter }) });
}

/** Has policies send a removal with other fields. */
function altered(fields: Record<string, unknown>) {
  return (sending: Sending): Sending => ({
    ...sending,
    data: { ...Object(sending.data), ...fields },
  });
}

const bobFollows = follow('bob', 'ann');
const annFollows = follow('ann', 'bob');
const annBlocks = block('ann', 'bob');
const annUnblocks = unblock('ann', 'bob');

const once: Clients = [[bobFollows], [annBlocks]];
const lifted: Clients = [
  [bobFollows, bobFollows],
  [annBlocks, annUnblocks],
];

describe('in every order of follows, blocks and what policies make of them', { timeout }, () => {
  it.each<[string, Clients]>([
    ['a follow, a block', once],
    ['a follow by the blocker, a block', [[annFollows], [annBlocks]]],
    ['a follow, blocks both ways', [[bobFollows], [annBlocks], [block('bob', 'ann')]]],
    ['a follow made twice, a block that is lifted', lifted],
    [
      'a follow, a block made again while it stands, and lifted',
      [[bobFollows], [annBlocks, annBlocks, annUnblocks]],
    ],
    [
      'a follow, a block that is lifted and made anew',
      [[bobFollows], [annBlocks, annUnblocks, annBlocks]],
    ],
  ])('%s: never side by side at rest, and no block takes a later follow', (_, clients) => {
    const { moments, rests } = run(clients, [blocking, followGuard]);
    expect(moments).toBeGreaterThan(50);
    expect(rests).toBeGreaterThan(1);
  });

  it('finds the hole that there is without one of the two policies', () => {
    const hole = 'a follow stands beside a block';
    expect(() => run(once, [followGuard])).toThrow(hole);
    expect(() => run(once, [blocking])).toThrow(hole);
  });

  it('finds what removals would take that are not decided again', () => {
    const unchecked = altered({ reason: 'unchecked', blockedAt: undefined });
    expect(() => run(lifted, [blocking, followGuard], unchecked)).toThrow('a later follow');
  });

  it('finds what a removal would leave that does not say when its block was made', () => {
    const timeless = altered({ blockedAt: undefined });
    expect(() => run(lifted, [blocking, followGuard], timeless)).toThrow('outlived a block');
  });
});

describe('in every order of follows, deactivations and what policies make of them', {
  timeout,
}, () => {
  const followed: Clients = [[bobFollows], [deactivate('ann')]];
  const policies = [followGuard, accountCleanup];

  it.each<[string, Clients]>([
    ['one side is deactivated', followed],
    ['the follower is deactivated', [[annFollows], [deactivate('ann')]]],
    ['its follower is blocked first', [[bobFollows], [annBlocks, deactivate('ann')]]],
  ])('%s: no follow is left at rest', (_, clients) => {
    expect(run(clients, [blocking, ...policies]).rests).toBeGreaterThan(0);
  });

  it('finds the hole that there is without one of the two policies', () => {
    const hole = 'an inactive account has a follow';
    expect(() => run(followed, [followGuard])).toThrow(hole);
    expect(() => run(followed, [accountCleanup])).toThrow(hole);
  });
});
