import { describe, expect, it } from 'vitest';
import { command, decide, NOW, reasonOf, states, unregistered } from './account-steps.ts';

const body = { accountId: 'ann', email: 'New@Example.org', username: 'Newcomer' };
const outcomes = ['granted', 'taken'] as const;

describe('RegisterAccount', () => {
  it('registers with the account’s defaults', () => {
    const decision = decide(unregistered, command('RegisterAccount', body));
    expect(decision.events).toEqual([
      {
        type: 'AccountRegistered',
        data: {
          accountId: 'ann',
          email: 'New@Example.org',
          username: 'Newcomer',
          registeredAt: NOW,
          registrationSource: 'web',
          marketingConsent: false,
        },
      },
    ]);
    expect(decision.state.value).toEqual({ registered: 'active' });
    expect(decision.state.context).toEqual({
      email: 'New@Example.org',
      username: 'Newcomer',
      registeredAt: NOW,
      deactivatedAt: null,
    });
  });

  it('keeps what the client says of source and consent', () => {
    const given = { registrationSource: 'app', marketingConsent: true };
    const [event] = decide(unregistered, command('RegisterAccount', { ...body, ...given })).events;
    expect(event?.data).toMatchObject(given);
  });

  it('generates the id where the client gives none', () => {
    const { accountId: _, ...without } = body;
    const [event] = decide(unregistered, command('RegisterAccount', without)).events;
    expect(event?.data).toMatchObject({ accountId: 'generated-id' });
  });

  it.each(
    Object.entries(states).flatMap(([name, state]) =>
      outcomes.flatMap((email) => outcomes.map((username) => ({ name, state, email, username }))),
    ),
  )('$name, email $email, username $username: the first reason that holds', (given) => {
    const claims = { email: given.email, username: given.username };
    const decision = decide(given.state, command('RegisterAccount', body, { claims }));
    const reasons = [
      given.email === 'taken' && 'Email already registered',
      given.username === 'taken' && 'Username already taken',
      given.name !== 'unregistered' && 'Account already registered',
    ];
    const reason = reasons.find((candidate) => candidate !== false) ?? null;
    expect(reasonOf(given.state, decision)).toBe(reason);
    if (reason === null) return;
    expect(decision.events).toEqual([
      {
        type: 'AccountRegistrationFailed',
        data: { email: 'New@Example.org', username: 'Newcomer', reason },
      },
    ]);
    expect(decision.state.context).toEqual(given.state.context);
  });
});
