import { describe, expect, it } from 'vitest';
import {
  active,
  block,
  command,
  deactivated,
  decide,
  isInactive,
  isThere,
  NOW,
  reasonOf,
  states,
  unregistered,
} from './account-steps.ts';

const yesNo = [true, false];

describe('BlockAccount', () => {
  it('gives the first reason that holds, else blocks', () => {
    for (const [name, state] of Object.entries(states)) {
      for (const itself of yesNo) {
        for (const accountToBlock of [null, isInactive, isThere]) {
          for (const wasAlreadyBlocked of yesNo) {
            const body = { blockerId: 'ann', blockedId: itself ? 'ann' : 'bob' };
            const facts = { accountToBlock, block: wasAlreadyBlocked ? block() : null };
            const decision = decide(state, command('BlockAccount', body, { facts }));
            const reason = [
              itself && 'Cannot block yourself',
              name === 'unregistered' && 'Blocker account not found',
              accountToBlock === null && 'Account to block not found',
            ].find((candidate) => candidate !== false);
            expect(decision.events).toEqual([
              reason === undefined
                ? { type: 'AccountBlocked', data: { ...body, blockedAt: NOW, wasAlreadyBlocked } }
                : { type: 'BlockRejected', data: { ...body, reason, attemptedAt: NOW } },
            ]);
            expect(reasonOf(state, decision)).toBe(reason ?? null);
          }
        }
      }
    }
  });
});

describe('UnblockAccount', () => {
  const body = { blockerId: 'ann', blockedId: 'bob' };

  it('lifts a block, also of a deactivated account', () => {
    for (const state of [active, deactivated]) {
      const message = command('UnblockAccount', body, { facts: { block: block() } });
      const decision = decide(state, message);
      expect(decision.events).toEqual([
        { type: 'AccountUnblocked', data: { ...body, unblockedAt: NOW } },
      ]);
      expect(decision.hasNoEffect).toBe(false);
    }
  });

  it('has no effect where nothing is blocked', () => {
    for (const state of [active, deactivated]) {
      const decision = decide(state, command('UnblockAccount', body));
      expect(decision.events).toEqual([]);
      expect(decision.hasNoEffect).toBe(true);
    }
  });

  it('is refused where the blocker does not exist', () => {
    const reason = 'Blocker account not found';
    const decision = decide(unregistered, command('UnblockAccount', body));
    expect(decision.events).toEqual([
      { type: 'UnblockRejected', data: { ...body, reason, attemptedAt: NOW } },
    ]);
    expect(reasonOf(unregistered, decision)).toBe(reason);
  });
});
