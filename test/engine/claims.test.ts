import { describe, expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import type { Store } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { explore, Stepper } from '../support/explorer.ts';
import { createTestLog, createTestRuntime } from '../support/runtime.ts';

interface Registration {
  readonly accountId: string;
  readonly email: string;
  readonly username: string;
  readonly ifMatch?: number;
}

function node(store: Store, seed: number, sleep?: () => Promise<void>): Engine {
  const runtime = createTestRuntime(seed, sleep);
  // A small cache: a large one takes milliseconds to lay out, and thousands of nodes are made.
  const limits = { cachedActorsMax: 16 };
  return createEngine({ app, store, runtime, limits, log: createTestLog(), strict: true });
}

async function register(engine: Engine, { ifMatch, ...body }: Registration): Promise<Outcome> {
  const validation = engine.validate('RegisterAccount', body);
  if (!validation.ok) throw new Error('the registration breaks its schema');
  const delivery = { principal: 'test', ...(ifMatch === undefined ? {} : { ifMatch }) };
  return engine.submit(validation.command, delivery);
}

const reasonOf = (outcome: Outcome) =>
  outcome.status === 'rejected' ? outcome.reason : outcome.status;

/**
 * Whatever happened before: who holds a value in its committed state is the only one, its values
 * cannot be registered again, and everybody else's can, at the first try.
 */
async function expectConsistent(store: Store, tried: readonly Registration[]): Promise<void> {
  const engine = node(store, 99);
  const held = new Map<string, string>();
  for (const accountId of new Set(tried.map((registration) => registration.accountId))) {
    const row = (
      await store.fetch({
        pointers: [],
        actor: { type: 'account', id: accountId },
        views: [],
        entries: [],
        sizes: [],
      })
    ).actor;
    const header = row?.state ? JSON.parse(row.state.split('\n')[0] ?? '') : { held: {} };
    for (const claim of Object.keys(header.held)) {
      expect(held.get(claim), `${claim} is held twice`).toBeUndefined();
      held.set(claim, accountId);
    }
  }
  const values = new Set(
    tried.flatMap(({ email, username }) => [`email:${email}`, `username:${username}`]),
  );
  let fresh = 0;
  for (const value of values) {
    const [kind, text = ''] = value.split(':');
    const outcome = await register(engine, {
      accountId: `fresh${fresh++}`,
      email: kind === 'email' ? text : `fresh${fresh}@everstate.dev`,
      username: kind === 'username' ? text : `fresh${fresh}`,
    });
    const isHeld = held.has(`account/${value}`);
    const taken = kind === 'email' ? 'Email already registered' : 'Username already taken';
    expect(reasonOf(outcome), `${value}, held by ${held.get(`account/${value}`)}`).toBe(
      isHeld ? taken : 'accepted',
    );
  }
}

async function everySchedule(
  registrations: readonly (readonly Registration[])[],
  mayDie: readonly number[],
  judge: (outcomes: readonly Outcome[]) => void,
): Promise<number> {
  return explore(async (choose) => {
    const store = createMemoryStore({ partitions: 4 });
    const stepper = new Stepper(1);
    const outcomes: Outcome[] = [];
    for (const [index, list] of registrations.entries()) {
      const engine = node(stepper.view(index, store), index + 1, () => stepper.sleep(index));
      for (const registration of list)
        void register(engine, registration).then((o) => outcomes.push(o));
    }
    await stepper.run(choose, mayDie);
    try {
      judge(outcomes);
      await expectConsistent(store, registrations.flat());
    } catch (error) {
      throw new Error(`after ${stepper.steps.slice(0, 100).join(', ')}`, { cause: error });
    }
  });
}

const ann = { accountId: 'ann', email: 'a@b.c', username: 'ann' };

describe('an email and a username belong to one account, whatever dies between any two steps', () => {
  test('two nodes register two accounts with the same email and the same username', async () => {
    const rival = { ...ann, accountId: 'rival' };
    const schedules = await everySchedule([[ann], [rival]], [], (outcomes) => {
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['accepted', 'rejected']);
    });
    console.info(`${schedules} schedules`);
    expect(schedules).toBeGreaterThan(100);
  });

  test('the same, where the first may die at any step', async () => {
    const rival = { ...ann, accountId: 'rival' };
    const schedules = await everySchedule([[ann], [rival]], [0], (outcomes) => {
      expect(outcomes.filter(({ status }) => status === 'accepted').length).toBeLessThanOrEqual(1);
      expect(outcomes.every(({ status }) => status !== 'failed')).toBe(true);
    });
    console.info(`${schedules} schedules`);
  }, 120_000);

  test('two nodes register one account at once', async () => {
    const schedules = await everySchedule([[ann], [ann]], [1], (outcomes) => {
      expect(outcomes.filter(({ status }) => status === 'accepted').length).toBeLessThanOrEqual(1);
    });
    console.info(`${schedules} schedules`);
  });

  test('one of two registrations of an account fails its If-Match, and gives its claims back', async () => {
    const schedules = await everySchedule([[{ ...ann, ifMatch: 7 }], [ann]], [], (outcomes) => {
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['accepted', 'failed']);
    });
    console.info(`${schedules} schedules`);
  });

  test('two nodes want the same two values crosswise', async () => {
    const other = { accountId: 'other', email: 'o@b.c', username: 'ann' };
    const schedules = await everySchedule([[ann], [other]], [0], (outcomes) => {
      expect(outcomes.filter(({ status }) => status === 'accepted').length).toBeLessThanOrEqual(1);
    });
    console.info(`${schedules} schedules`);
  });
});
