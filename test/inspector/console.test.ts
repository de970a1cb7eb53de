import { expect, onTestFinished, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type Messages,
} from '../../src/define/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { API_PATH, WRITE_HEADER } from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { post, readObject, readProblem, register, startTestServer } from '../http/harness.ts';
import { mustAccept } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';

async function server(options: Partial<HttpAppOptions> = {}) {
  const started = await startTestServer(options);
  onTestFinished(() => started.close());
  return started;
}

const ring = { summary: 'Rings.', target: ({ bell }: { bell: string }) => bell };
const commands = {
  Hang: defineCommand({ ...ring, schema: z.object({ bell: z.string(), phone: z.string() }) }),
  Ring: defineCommand({ ...ring, schema: z.object({ bell: z.string() }) }),
};
const events = { Hung: defineEvent({ schema: z.object({}) }) };

/** An app whose actors say in errors what they alone know. */
const bells = defineApp({
  personal: ['phone'],
  aggregates: [
    defineAggregate({
      ...{ type: 'bell', commands, events },
      machine: setup({
        types: {
          context: {} as { phone: string },
          events: {} as Messages<typeof commands>,
          emitted: {} as Emitted<typeof events>,
        },
      }).createMachine({
        context: { phone: '' },
        on: {
          Hang: {
            actions: [
              assign({ phone: ({ event }) => event.data.phone }),
              emit({ type: 'Hung', data: {} }),
            ],
          },
          Ring: {
            actions: emit(({ context }) => {
              throw new Error(`no answer from ${context.phone}`);
            }),
          },
        },
      }),
    }),
  ],
});

type Server = Awaited<ReturnType<typeof server>>;

const ask = (on: Server, body: unknown, headers: Record<string, string> = {}) =>
  post(on, `${API_PATH}/dry-run`, body, { [WRITE_HEADER]: '1', ...headers });

test('the console is told every command, with what it takes', async () => {
  const on = await server();
  const response = await fetch(`${on.url}${API_PATH}/commands`);
  const { commands } = await readObject(response);
  expect(commands).toHaveLength(6);
  expect(commands).toContainEqual(
    expect.objectContaining({
      type: 'RegisterAccount',
      aggregate: 'account',
      example: { accountId: 'ada', email: 'ada@example.org', username: 'ada' },
      schema: expect.objectContaining({
        type: 'object',
        required: ['email', 'username'],
        additionalProperties: false,
      }),
    }),
  );
});

test('a dry run tells a refusal with its reason, what was asked, and that nothing comes to exist', async () => {
  const on = await server();
  await register(on, 'ada');
  const data = { followerId: 'nobody', followeeId: 'ada' };
  const response = await ask(on, { type: 'FollowAccount', data });
  expect(response.status).toBe(200);
  expect(await readObject(response)).toMatchObject({
    status: 'rejected',
    reason: 'Follower account not found',
    actor: { type: 'account', id: 'nobody', version: 0 },
    events: [{ type: 'FollowRejected' }],
    before: null,
    after: null,
    facts: { followee: { isActive: true } },
  });
});

test('a dry run leaves no account, no record and no claim behind', async () => {
  const on = await server();
  const data = { accountId: 'ada', email: 'ada@example.org', username: 'ada' };
  expect(await readObject(await ask(on, { type: 'RegisterAccount', data }))).toMatchObject({
    status: 'accepted',
    actor: { version: 1 },
    before: null,
    after: { active: ['registered', 'registered.active'] },
    claims: { email: 'granted', username: 'granted' },
  });
  expect(await on.engine.inside.store.heads()).toEqual(Array(64).fill(0));
  await register(on, 'ada');
  const again = { ...data, accountId: 'other' };
  expect(await readObject(await ask(on, { type: 'RegisterAccount', data: again }))).toMatchObject({
    reason: 'Email already registered',
    claims: { email: 'taken' },
  });
});

test('what is personal is masked in a dry run, unless it is allowed', async () => {
  const data = { accountId: 'ada', email: 'ada@example.org', username: 'ada' };
  const masked = await (await ask(await server(), { type: 'RegisterAccount', data })).text();
  expect(masked).not.toContain('ada@example.org');
  expect(JSON.parse(masked)).toMatchObject({ isMasked: true });
  const plain = await ask(await server({ unmask: true }), { type: 'RegisterAccount', data });
  expect(await plain.text()).toContain('ada@example.org');
});

test('what an actor’s own function throws is not told where it may quote what is personal', async () => {
  const failing = async (unmask: boolean) => {
    const runtime = createSystemRuntime();
    const log = createTestLog();
    const engine = createEngine({ app: bells, store: createMemoryStore(), runtime, log });
    const on = await server({ engine, unmask });
    await mustAccept(engine, 'Hang', { bell: 'a', phone: 'four four two' });
    return (await ask(on, { type: 'Ring', data: { bell: 'a' } })).json();
  };
  const detail = (why: string) => `It cannot be decided: ${why}`;
  expect(await failing(false)).toMatchObject({ detail: detail('the log says why') });
  expect(await failing(true)).toMatchObject({ detail: detail('no answer from four four two') });
});

test('a dry run holds a command to what clients may send, field by field', async () => {
  const on = await server();
  const data = { followerId: 'ada', followeeId: 'bob', reason: 'blocked_followee' };
  const response = await ask(on, { type: 'RemoveFollower', data });
  expect(await readProblem(response)).toMatchObject({
    status: 422,
    errors: [{ field: 'data.reason', message: 'This reason is reserved' }],
  });
});

test.each([
  ['of no command', { type: 'Nothing', data: {} }, {}, 404, 'not_found'],
  ['without a type', { data: {} }, {}, 422, 'validation_error'],
  ['that is no JSON', '{', {}, 400, 'malformed_request'],
  ['without the header', { type: 'FollowAccount' }, { [WRITE_HEADER]: '' }, 403, 'forbidden'],
  [
    'from a page of elsewhere',
    { type: 'FollowAccount', data: {} },
    { 'sec-fetch-site': 'cross-site' },
    403,
    'forbidden',
  ],
])('a dry run %s is refused', async (_what, body, headers, status, code) => {
  const response = await ask(await server(), body, headers);
  expect(await readProblem(response)).toMatchObject({ status, code });
});

test('a dry run needs credentials where the server does', async () => {
  const on = await server({ credentials: { tokens: ['secret'], jwt: null } });
  const asked = { type: 'DeactivateAccount', data: { accountId: 'ada' } };
  expect((await ask(on, asked)).status).toBe(401);
  expect((await fetch(`${on.url}${API_PATH}/commands`)).status).toBe(401);
  const response = await ask(on, asked, { authorization: 'Bearer secret' });
  expect(await readObject(response)).toMatchObject({ reason: 'Account not found' });
});
