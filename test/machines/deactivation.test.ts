import { describe, it } from 'vitest';
import { app } from '../../machines/index.ts';
import { noEffect, rejected, testKit } from '../../src/testing/index.ts';

const { given, when } = testKit(app);
const LATER = '2026-06-01T12:00:00.000Z';
const registered = {
  type: 'RegisterAccount',
  data: { accountId: 'ann', email: 'Ann@Example.org', username: 'Ann_1' },
};
const deactivate = { type: 'DeactivateAccount', data: { accountId: 'ann' } };

describe('DeactivateAccount', () => {
  it.each([
    ['the client’s reason', { reason: 'moved on' }, 'moved on'],
    ['null without one', {}, null],
  ])('records %s', (_, said, reason) => {
    given(registered)
      .at(LATER)
      .when({ type: 'DeactivateAccount', data: { accountId: 'ann', ...said } })
      .then({
        type: 'AccountDeactivated',
        data: { accountId: 'ann', deactivatedAt: LATER, reason },
      })
      .state({ registered: 'deactivated' });
  });

  it('keeps email and username', () => {
    given(registered)
      .at(LATER)
      .when(deactivate)
      .then({ type: 'AccountDeactivated' })
      .state(
        { registered: 'deactivated' },
        { email: 'Ann@Example.org', username: 'Ann_1', deactivatedAt: LATER },
      )
      .view({ username: 'Ann_1', isActive: false });
  });

  it('has no effect the second time', () => {
    given(registered)
      .at(LATER)
      .given(deactivate)
      .when(deactivate)
      .then(noEffect())
      .state({ registered: 'deactivated' }, { deactivatedAt: LATER });
  });

  it('is refused where there is no such account', () => {
    when(deactivate).then(
      rejected('Account not found', {
        type: 'DeactivationRejected',
        data: { accountId: 'ann', reason: 'Account not found' },
      }),
    );
  });
});
