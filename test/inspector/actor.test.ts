/** What the inspector tells of one actor, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActorDetail, HistoryPage, PastState } from '../../src/inspector/protocol.ts';
import { post, readProblem, register, startTestServer, type TestServer } from '../http/harness.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ada', 'bob']) await register(server, id);
  await post(server, '/v1/commands/FollowAccount', { followerId: 'ada', followeeId: 'bob' });
  await post(server, '/v1/commands/FollowAccount', { followerId: 'ada', followeeId: 'ada' });
  await post(server, '/v1/commands/DeactivateAccount', { accountId: 'ada' });
  // Refused: there is no such account.
  await post(server, '/v1/commands/FollowAccount', { followerId: 'eve', followeeId: 'bob' });
});
afterAll(() => server.close());

const get = (path: string, from = server) => fetch(`${from.url}/inspector/api/actors/${path}`);

async function read<T>(path: string, from = server): Promise<T> {
  const response = await get(path, from);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

describe('an actor', () => {
  test('is told as it is now, with what it holds', async () => {
    expect(await read<ActorDetail>('account/ada')).toMatchObject({
      version: 3,
      records: 4,
      state: {
        value: { registered: 'deactivated' },
        active: ['registered', 'registered.deactivated'],
        status: 'active',
      },
      view: { username: 'ada', isActive: false },
      collections: [
        { name: 'following', size: 1 },
        { name: 'blocked', size: 0 },
      ],
      warning: null,
    });
  });

  test('is told the commands that may be accepted, and the ways that these may take', async () => {
    const { commands } = await read<ActorDetail>('account/bob');
    const { maybeAccepted, refused, possible } = commands;
    expect(maybeAccepted).toContainEqual({ type: 'DeactivateAccount', idField: 'accountId' });
    expect(refused.map(({ type }) => type)).toEqual(['RegisterAccount']);
    expect(possible).toContain('registered.active:DeactivateAccount:0');
    expect(possible).toContain('registered:BlockAccount:2');
    expect(possible).not.toContain('registered:BlockAccount:0');
    expect(possible.some((name) => name.startsWith('unregistered'))).toBe(false);
    expect(possible.some((name) => name.startsWith('registered.deactivated'))).toBe(false);
  });

  test('is told though it does not exist, where something was refused of it', async () => {
    expect(await read<ActorDetail>('account/eve')).toMatchObject({
      version: 0,
      records: 1,
      state: { value: 'unregistered' },
      view: null,
      claims: [],
    });
    expect((await readProblem(await get('account/nobody'))).status).toBe(404);
    expect((await readProblem(await get('nothing/ada'))).status).toBe(404);
    expect((await readProblem(await get('account/ada?a=1'))).status).toBe(422);
  });
});

describe('what is personal', () => {
  test('is masked, wherever it stands', async () => {
    const { steps } = await read<HistoryPage>('account/ada/history');
    const paths = ['account/ada', ...steps.map(({ position }) => `account/ada/at/${position}`)];
    for (const path of paths) {
      const text = await (await get(path)).text();
      expect(text, path).not.toContain('@example.org');
      expect(text, path).toContain('•••••');
    }
    expect((await read<ActorDetail>('account/ada')).isMasked).toBe(true);
  });

  test('is shown where that is allowed', async () => {
    const open = await startTestServer({ engine: server.engine, unmask: true });
    try {
      const detail = await read<ActorDetail>('account/ada', open);
      expect(detail.isMasked).toBe(false);
      expect(detail.claims).toContain('account/email:ada@example.org');
      expect(detail.state?.context).toMatchObject({ email: 'ada@example.org' });
    } finally {
      await open.close();
    }
  });
});

describe('its history', () => {
  test('names each step with its cause and its outcome, newest first', async () => {
    const page = await read<HistoryPage>('account/ada/history');
    expect(page).toMatchObject({ next: null, isTrimmed: false, total: 4 });
    expect(
      page.steps.map(({ command, outcome, events, version }) => [
        command,
        outcome,
        events.join(),
        version,
      ]),
    ).toEqual([
      ['DeactivateAccount', 'accepted', 'AccountDeactivated', 3],
      ['FollowAccount', 'rejected', 'FollowRejected', 2],
      ['FollowAccount', 'accepted', 'FollowCreated', 2],
      ['RegisterAccount', 'accepted', 'AccountRegistered', 1],
    ]);
    expect(page.steps[0]?.principal).toBe('anonymous');
    expect(page.steps[0]?.correlationId).toMatch(/^[\da-f]{32}$/);
  });

  test('goes on where a page ended', async () => {
    const first = await read<HistoryPage>('account/ada/history?limit=3');
    expect(first.steps.length).toBe(3);
    const rest = await read<HistoryPage>(`account/ada/history?limit=3&from=${first.next}`);
    expect(rest.steps.map(({ command }) => command)).toEqual(['RegisterAccount']);
    expect(await read('account/ada/history/pages')).toMatchObject({ lastSteps: 4, next: null });
  });

  test('shows what the actor was before and after a step, and the way that it took', async () => {
    const { steps } = await read<HistoryPage>('account/ada/history');
    const [deactivated, refused, , registered] = await Promise.all(
      steps.map(({ position }) => read<PastState>(`account/ada/at/${position}`)),
    );
    expect(registered).toMatchObject({
      before: { value: 'unregistered' },
      after: { value: { registered: 'active' }, context: { username: 'ada' } },
      taken: ['unregistered:RegisterAccount:2'],
      data: { accountId: 'ada', email: '•••••' },
      eventData: [{ type: 'AccountRegistered' }],
      warning: null,
    });
    expect(refused?.after).toEqual(refused?.before);
    expect(refused?.taken).toEqual(['registered.active:FollowAccount:0']);
    expect(deactivated?.taken).toEqual(['registered.active:DeactivateAccount:0']);
    expect(deactivated?.commands.possible).toContain('registered.deactivated:DeactivateAccount:0');
  });

  test('refuses what names none of its steps', async () => {
    const { steps } = await read<HistoryPage>('account/bob/history');
    const foreign = steps[0]?.position ?? '';
    for (const at of ['0:1', 'x', '1', '999:1', '0:-1', '0:0', '0:999999999999999', '%20']) {
      const response = await get(`account/ada/at/${at}`);
      expect((await readProblem(response)).status, at).toBe(404);
    }
    const searches = [
      'limit=0',
      'limit=101',
      'limit=x',
      'from=x',
      `from=${foreign}`,
      'from=0:1&from=0:1',
      'before=0:1',
    ];
    for (const search of searches) {
      const response = await get(`account/ada/history?${search}`);
      expect((await readProblem(response)).status, search).toBe(422);
    }
    expect((await readProblem(await get(`account/ada/at/${foreign}`))).status).toBe(404);
    expect((await readProblem(await get('account/nobody/history'))).status).toBe(404);
    expect((await readProblem(await get('account/nobody/history/pages'))).status).toBe(404);
    expect((await readProblem(await get('account/ada/history/pages?limit=1'))).status).toBe(422);
  });
});
