import { setup } from 'xstate';
import { definePolicy, type PolicyMessages, sends } from '../../src/define/index.ts';
import type { commands } from '../account/commands.ts';
import { events } from '../account/events.ts';

const on = { AccountBlocked: events.AccountBlocked };

const machine = setup({
  types: { events: {} as PolicyMessages<typeof on> },
  actions: { send: sends<typeof commands>() },
}).createMachine({
  id: 'blocking',
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        AccountBlocked: {
          target: 'removingBoth',
          actions: [
            {
              type: 'send',
              params: ({ event: { data } }) => ({
                command: 'RemoveFollower',
                data: {
                  followerId: data.blockedId,
                  followeeId: data.blockerId,
                  reason: 'blocked_by_followee',
                  blockedAt: data.blockedAt,
                },
                ref: 'blocked follows blocker',
              }),
            },
            {
              type: 'send',
              params: ({ event: { data } }) => ({
                command: 'RemoveFollower',
                data: {
                  followerId: data.blockerId,
                  followeeId: data.blockedId,
                  reason: 'blocked_followee',
                  blockedAt: data.blockedAt,
                },
                ref: 'blocker follows blocked',
              }),
            },
          ],
        },
      },
    },
    removingBoth: { on: { 'command.*': 'removingOther' } },
    removingOther: { on: { 'command.*': 'done' } },
    done: { type: 'final' },
  },
});

/**
 * Removes the follows between one who blocks and the one blocked, both ways. A block that is
 * asserted again does so too: it stood at that time, so that no follow from before may stay, and
 * one made after a later unblock is younger than it and does.
 */
export const blocking = definePolicy({
  name: 'blocking',
  machine,
  on,
  correlate: 'event',
  from: 'beginning',
});
