import { describe, expect, it } from 'vitest';
import { active, command, deactivated, decide, LATER, NOW, unregistered } from './account-steps.ts';

const body = { accountId: 'ann' };

describe('DeactivateAccount', () => {
  it.each([
    ['the client’s reason', { reason: 'moved on' }, 'moved on'],
    ['null without one', {}, null],
  ])('records %s', (_, given, reason) => {
    const decision = decide(active, command('DeactivateAccount', { ...body, ...given }));
    expect(decision.events).toEqual([
      { type: 'AccountDeactivated', data: { accountId: 'ann', deactivatedAt: NOW, reason } },
    ]);
    expect(decision.state.value).toEqual({ registered: 'deactivated' });
  });

  it('keeps email and username', () => {
    const { email, username } = active.context;
    expect(deactivated.context).toMatchObject({ email, username, deactivatedAt: NOW });
  });

  it('has no effect the second time', () => {
    const decision = decide(deactivated, command('DeactivateAccount', body, { at: LATER }));
    expect(decision.events).toEqual([]);
    expect(decision.hasNoEffect).toBe(true);
    expect(decision.state.context.deactivatedAt).toBe(NOW);
  });

  it('is refused where there is no such account', () => {
    expect(decide(unregistered, command('DeactivateAccount', body)).events).toEqual([
      {
        type: 'DeactivationRejected',
        data: { accountId: 'ann', reason: 'Account not found', attemptedAt: NOW },
      },
    ]);
  });
});
