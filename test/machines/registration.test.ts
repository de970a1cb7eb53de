import { describe, it } from 'vitest';
import { app } from '../../machines/index.ts';
import { rejected, testKit } from '../../src/testing/index.ts';

const NOW = '2026-05-01T12:00:00.000Z';
const { given } = testKit(app);
const body = { accountId: 'ann', email: 'New@Example.org', username: 'Newcomer' };
const register = (data: object) => ({ type: 'RegisterAccount', data });
const answers = ['granted', 'taken'] as const;

/** Ways in which an account may be there already. */
const before = {
  unregistered: given(),
  active: given(register({ ...body, email: 'old@example.org', username: 'Old' })),
  deactivated: given(register({ ...body, email: 'old@example.org', username: 'Old' }), {
    type: 'DeactivateAccount',
    data: { accountId: 'ann' },
  }),
};

describe('RegisterAccount', () => {
  it('registers with the account’s defaults', () => {
    const registered = { registrationSource: 'web', marketingConsent: false };
    before.unregistered
      .at(NOW)
      .when(register(body))
      .then({ type: 'AccountRegistered', data: { ...body, registeredAt: NOW, ...registered } })
      .state(
        { registered: 'active' },
        { email: body.email, username: body.username, registeredAt: NOW, deactivatedAt: null },
      );
  });

  it('keeps what the client says of source and consent', () => {
    const said = { registrationSource: 'app', marketingConsent: true };
    before.unregistered
      .when(register({ ...body, ...said }))
      .then({ type: 'AccountRegistered', data: said });
  });

  it('generates the id where the client gives none', () => {
    const { accountId: _, ...without } = body;
    before.unregistered
      .when(register(without))
      .then({ type: 'AccountRegistered', data: { accountId: /^minted-[\w-]{15}$/ } });
  });

  it.each(
    Object.entries(before).flatMap(([name, situation]) =>
      answers.flatMap((email) => answers.map((username) => ({ name, situation, email, username }))),
    ),
  )('$name, email $email, username $username: the first reason that holds', (found) => {
    const { name, situation, email, username } = found;
    const reason = [
      email === 'taken' && 'Email already registered',
      username === 'taken' && 'Username already taken',
      name !== 'unregistered' && 'Account already registered',
    ].find((candidate) => candidate !== false);
    const decision = situation.withClaims({ email, username }).when(register(body));
    if (reason === undefined) decision.then({ type: 'AccountRegistered' });
    else {
      const data = { email: body.email, username: body.username, reason };
      decision.then(rejected(reason, { type: 'AccountRegistrationFailed', data }));
    }
  });
});
