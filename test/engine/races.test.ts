import { describe, expect, test, vi } from 'vitest';
import { setup } from 'xstate';
import { account } from '../../machines/account/aggregate.ts';
import type { commands } from '../../machines/account/commands.ts';
import { events } from '../../machines/account/events.ts';
import { blocking } from '../../machines/policies/blocking.ts';
import { followGuard } from '../../machines/policies/follow-guard.ts';
import { defineApp, definePolicy, type PolicyMessages, sends } from '../../src/define/index.ts';
import { type Ask, explore, type Scenario } from '../support/races/index.ts';

vi.setConfig({ testTimeout: 180_000 });

const policies = [blocking, followGuard];
const app = defineApp({ aggregates: [account], policies });

const annFollows = ask('FollowAccount', { followerId: 'ann', followeeId: 'bob' });
const annUnfollows = ask('RemoveFollower', { followerId: 'ann', followeeId: 'bob' });
const bobBlocks = ask('BlockAccount', { blockerId: 'bob', blockedId: 'ann' });
const bobUnblocks = ask('UnblockAccount', { blockerId: 'bob', blockedId: 'ann' });

function ask(type: string, body: Ask['body']): Ask {
  return { type, body };
}

/** Explores all, and says how many schedules that was. */
async function holds(name: string, scenario: Scenario): Promise<void> {
  const { schedules, states } = await explore(scenario);
  console.info(`${name}: ${schedules.toLocaleString('en')} schedules through ${states} states`);
  expect(schedules).toBeGreaterThan(100);
}

/**
 * The real turns, relay and runners of several nodes, of which every call to the store waits for
 * its step: every order of the steps is explored; two that lead to the same state are gone on with
 * once. At each commit and at rest it is judged: no follow beside a block, no block that takes a
 * follow made after it was lifted, no command with two records, nothing left to do, no dead letter.
 */
describe('in every order of', () => {
  test('a follow, a block and what the policies make of them, where each read may be older than the next', () =>
    holds('a follow, a block', { app, partitions: 2, clients: [[annFollows], [bobBlocks]] }));

  test('the same, in one partition', () =>
    holds('in one partition', { app, partitions: 1, clients: [[annFollows], [bobBlocks]] }));

  test('the same, with a node that dies at any of its writes and another that takes over', () =>
    holds('with a death', {
      app,
      partitions: 2,
      readsAtOnce: true,
      fate: 'dies',
      clients: [[annFollows], [bobBlocks]],
    }));

  test('a block, an unblock, and a follow again', () =>
    holds('a block that is lifted', {
      app,
      partitions: 2,
      readsAtOnce: true,
      given: [annFollows],
      clients: [[bobBlocks, bobUnblocks], [annFollows]],
    }));
});

/** Follows back whoever is unblocked: done twice, it shows. */
const on = { AccountUnblocked: events.AccountUnblocked };
const reconciling = definePolicy({
  name: 'reconciling',
  on,
  from: 'beginning',
  machine: setup({
    types: { events: {} as PolicyMessages<typeof on> },
    actions: { send: sends<typeof commands>() },
  }).createMachine({
    initial: 'apart',
    states: {
      apart: {
        on: {
          AccountUnblocked: {
            target: 'following',
            actions: {
              type: 'send',
              params: ({ event: { data } }) => ({
                command: 'FollowAccount',
                data: { followerId: data.blockedId, followeeId: data.blockerId },
              }),
            },
          },
        },
      },
      following: { on: { 'command.*': 'done' } },
      done: { type: 'final' },
    },
  }),
});

describe('the explorer finds the hole that is there without', () => {
  const race = { partitions: 2 as const, clients: [[annFollows], [bobBlocks]] };

  test('follow-guard', async () => {
    const without = defineApp({ aggregates: [account], policies: [blocking] });
    await expect(explore({ ...race, app: without })).rejects.toThrow(
      'a follow stands beside a block',
    );
  });

  test('blocking', async () => {
    const without = defineApp({ aggregates: [account], policies: [followGuard] });
    await expect(explore({ ...race, app: without })).rejects.toThrow(
      'a follow stands beside a block',
    );
  });

  test('the answers by which a command that is relayed twice is done once', async () => {
    const scenario: Scenario = {
      app: defineApp({ aggregates: [account], policies: [reconciling] }),
      partitions: 2,
      readsAtOnce: true,
      fate: 'dies',
      given: [bobBlocks],
      clients: [[bobUnblocks], [annUnfollows]],
    };
    await holds('with answers', scenario);
    await expect(explore({ ...scenario, keepsAnswers: false })).rejects.toThrow('twice');
  });
});
