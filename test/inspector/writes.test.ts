import { afterEach, describe, expect, it } from 'vitest';
import type { DeadLetter, Engine } from '../../src/engine/engine.ts';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { WRITE_HEADER } from '../../src/inspector/protocol.ts';
import { fakeEngine } from '../http/fake-engine.ts';
import {
  rawExchange,
  readObject,
  readProblem,
  startTestServer,
  type TestServer,
} from '../http/harness.ts';

let server: TestServer;
afterEach(() => server.close());

const API = '/inspector/api';
const OURS = { [WRITE_HEADER]: '1' };

async function serve(methods: Partial<Engine>, options: Partial<HttpAppOptions> = {}) {
  server = await startTestServer({ engine: fakeEngine(methods), ...options });
}

function write(path: string, body: unknown = {}, headers: Record<string, string> = OURS) {
  return fetch(`${server.url}${API}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The audit lines that were written. */
function audited(): Record<string, unknown>[] {
  const lines = server.logged.map((line): Record<string, unknown> => JSON.parse(line));
  return lines.filter(({ audit }) => audit !== undefined);
}

const LETTER: DeadLetter = {
  id: 'bGV0dGVy',
  policy: 'blocking',
  instance: 'e-1',
  kind: 'command',
  type: 'RegisterAccount',
  message: { commandId: 'c', data: { accountId: 'ann', email: 'ann@example.org' } },
  error: 'system_error',
  attempts: 8,
  history: [
    { at: '2026-01-01T00:00:00.000Z', error: 'edited by ann', before: { email: 'a@example.org' } },
  ],
  parkedAt: '2026-01-01T00:00:01.000Z',
  waiting: 0,
};

const PATHS = [
  '/policies/blocking/pause',
  '/policies/blocking/resume',
  '/dead-letters/x/retry',
  '/dead-letters/x/edit',
  '/dead-letters/x/discard',
  '/dead-letters/count',
  '/dead-letters/settle',
];

describe('a write', () => {
  const never = () => Promise.reject(new Error('it was carried out'));
  const guarded = {
    pausePolicy: never,
    resumePolicy: never,
    retryDeadLetter: never,
    editDeadLetter: never,
    discardDeadLetter: never,
    countDeadLetters: never,
    settleDeadLetters: never,
  };

  it.each(PATHS)('without its header is refused: %s', async (path) => {
    await serve(guarded);
    const response = await write(path, {}, {});
    expect(response.status).toBe(403);
    expect(await readProblem(response)).toMatchObject({ code: 'forbidden' });
  });

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('from a page of another origin is refused, also where that may call: %j', async (headers) => {
    await serve(guarded, { corsOrigins: ['https://evil.example'] });
    const response = await write('/policies/blocking/pause', {}, { ...OURS, ...headers });
    expect(response.status).toBe(403);
  });

  it('from its own page, and from no page, is taken', async () => {
    await serve({ pausePolicy: async () => 'done' });
    for (const headers of [{}, { origin: server.url }, { 'sec-fetch-site': 'same-origin' }]) {
      const response = await write('/policies/blocking/pause', {}, { ...OURS, ...headers });
      expect(response.status).toBe(200);
    }
  });

  it('from its own page is taken however the host is spelled', async () => {
    await serve({ pausePolicy: async () => 'done' });
    const { port } = server;
    const raw = await rawExchange(
      server,
      `POST ${API}/policies/blocking/pause HTTP/1.1\r\nHost: LocalHost:${port}\r\n` +
        `Origin: http://localhost:${port}\r\n${WRITE_HEADER}: 1\r\n` +
        'Content-Length: 0\r\nConnection: close\r\n\r\n',
    );
    expect(raw).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('cannot be asked leave for by a page of another origin', async () => {
    await serve(guarded, { corsOrigins: ['https://evil.example'] });
    const asked = await fetch(`${server.url}${API}/policies/blocking/pause`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': WRITE_HEADER,
      },
    });
    const allowed = asked.headers.get('access-control-allow-headers') ?? '';
    expect(allowed.toLowerCase()).not.toContain(WRITE_HEADER);
  });

  it('is told to the log: who, what, to which, and what came of it', async () => {
    await serve(
      { pausePolicy: async (name) => (name === 'blocking' ? 'done' : 'unknown') },
      { credentials: { tokens: ['secret'], jwt: null } },
    );
    const headers = { ...OURS, authorization: 'Bearer secret' };
    await write('/policies/blocking/pause', {}, headers);
    expect((await write('/policies/nothing/pause', {}, headers)).status).toBe(404);
    await write('/policies/blocking/pause', {}, { authorization: 'Bearer secret' });
    expect(audited()).toMatchObject([
      { audit: 'policy.pause', target: { policy: 'blocking' }, outcome: 'done' },
      { audit: 'policy.pause', target: { policy: 'nothing' }, outcome: 'not_found' },
      { audit: 'policy.pause', target: { policy: 'blocking' }, outcome: 'forbidden' },
    ]);
    for (const line of audited()) expect(line.principal).toMatch(/./);
    expect((await write('/policies/blocking/pause', {}, OURS)).status).toBe(401);
    expect(server.logged.join()).not.toContain('secret');
  });

  it('whose body is not as it must be is refused, and says where', async () => {
    await serve(guarded);
    const wrong: readonly [string, unknown][] = [
      ['/policies/blocking/pause', { more: 1 }],
      ['/dead-letters/x/discard', {}],
      ['/dead-letters/x/discard', { reason: '  ' }],
      ['/dead-letters/settle', { how: 'discard', through: '2026-01-01T00:00:00.000Z' }],
      ['/dead-letters/settle', { how: 'retry' }],
      ['/dead-letters/count', { policy: 7 }],
    ];
    for (const [path, body] of wrong) {
      const response = await write(path, body);
      expect([path, response.status]).toEqual([path, 422]);
      expect((await readProblem(response)).errors).not.toEqual([]);
    }
  });
});

describe('dead letters', () => {
  const data = { accountId: 'ann', email: 'ann@example.org' };
  const methods: Partial<Engine> = {
    deadLetters: async () => ({ items: [LETTER], next: null }),
    deadLetterData: async () => ({ isEditable: true, data, context: null }),
    countDeadLetters: async () => ({
      count: 1,
      isCut: false,
      through: LETTER.parkedAt,
      examples: [LETTER],
    }),
  };

  it('are shown with what is personal masked, wherever it stands', async () => {
    await serve(methods);
    const listed = await (await fetch(`${server.url}${API}/dead-letters`)).text();
    const counted = await (await write('/dead-letters/count')).text();
    for (const text of [listed, counted]) {
      expect(text).toContain('ann');
      expect(text).not.toContain('example.org');
    }
  });

  it('are shown as they are where the operator allows it', async () => {
    await serve(methods, { unmask: true });
    const listed = await readObject(await fetch(`${server.url}${API}/dead-letters`));
    expect(listed).toMatchObject({ items: [{ data, isEditable: true }] });
  });

  it('are asked for by policy and error', async () => {
    const asked: unknown[] = [];
    await serve({
      deadLetters: async (page) => {
        asked.push(page);
        return { items: [], next: null };
      },
    });
    await fetch(`${server.url}${API}/dead-letters?policy=blocking&error=no%20rule&limit=5`);
    expect(asked).toEqual([
      { limit: 5, cursor: null, filter: { policy: 'blocking', error: 'no rule' } },
    ]);
    expect((await fetch(`${server.url}${API}/dead-letters?limit=0`)).status).toBe(422);
  });

  it('keep what was masked when they are edited', async () => {
    const edits: unknown[] = [];
    await serve({
      ...methods,
      editDeadLetter: async (_, edit) => {
        edits.push(edit.data);
        return { status: 'done' };
      },
    });
    await write('/dead-letters/x/edit', { data: { accountId: 'bob', email: '•••••' } });
    await write('/dead-letters/x/edit', { data: { accountId: 'bob', email: 'new@example.org' } });
    expect(edits).toEqual([
      { accountId: 'bob', email: 'ann@example.org' },
      { accountId: 'bob', email: 'new@example.org' },
    ]);
    expect(server.logged.join()).not.toContain('new@example.org');
  });

  it('say why they cannot be edited', async () => {
    await serve({
      ...methods,
      editDeadLetter: async (id) =>
        id === 'bad'
          ? {
              status: 'invalid',
              issues: [{ code: 'custom', path: ['email'], message: 'No address', input: 1 }],
            }
          : { status: id === 'busy' ? 'settling' : id === 'timer' ? 'fixed' : 'unknown' },
    });
    const invalid = await write('/dead-letters/bad/edit', { data: {} });
    expect(await readProblem(invalid)).toMatchObject({
      status: 422,
      errors: [{ field: 'email', message: 'No address' }],
    });
    expect((await write('/dead-letters/busy/edit', { data: {} })).status).toBe(409);
    expect((await write('/dead-letters/timer/edit', { data: {} })).status).toBe(422);
    expect((await write('/dead-letters/gone/edit', { data: {} })).status).toBe(404);
  });

  it('are settled many at once, with the reason told to the log', async () => {
    const said: unknown[] = [];
    await serve({
      settleDeadLetters: async (...word) => {
        said.push(word);
        return { done: 3, pending: 0, isCut: false };
      },
    });
    const through = '2026-01-01T00:00:01.000Z';
    const word = { how: 'discard', policy: 'blocking', through, reason: 'a test' };
    expect(await readObject(await write('/dead-letters/settle', word))).toMatchObject({ done: 3 });
    expect(said).toEqual([['discard', { policy: 'blocking', error: undefined, through }]]);
    expect(audited()).toMatchObject([{ audit: 'dead-letters.settle', target: word }]);
  });
});
