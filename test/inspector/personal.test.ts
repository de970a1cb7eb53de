/** What is personal is shown by no route of the inspector, wherever the app quotes it. */
import { expect, onTestFinished, test } from 'vitest';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { Meters } from '../../src/http/meters.ts';
import { API_PATH, WRITE_HEADER } from '../../src/inspector/protocol.ts';
import { inspectorRoutes } from '../../src/inspector/routes.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { post, startTestServer, type TestServer } from '../http/harness.ts';
import { createTestLog } from '../support/runtime.ts';
import { actors, untilIndexed } from './index-answers.ts';
import { members } from './personal/members.ts';

/** No answer may have any of it, in any case. */
const NAME = 'grace.hopper';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const emailOf = (id: string) => `Grace.Hopper+${id}@navy.example`;
const JOINED = ['fails', 'greets', 'joins'];

/** A server whose policy has come to every kind of dead letter, each about an email. */
async function serve(unmask: boolean): Promise<TestServer> {
  const runtime = createSystemRuntime();
  const log = createTestLog();
  const engine = createEngine({ app: members, store: createMemoryStore(), runtime, log });
  const server = await startTestServer({ engine, unmask });
  await engine.start();
  onTestFinished(async () => {
    await server.close();
    await engine.drain();
  });
  await actors(server);
  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  for (const memberId of [...JOINED, 'joins-again']) {
    const email = emailOf(memberId.split('-')[0] ?? '');
    const response = await post(server, '/v1/commands/Join', { memberId, email }, headers);
    expect([200, 409]).toContain(response.status);
  }
  await expect
    .poll(async () => (await lettersOf(engine)).map(({ kind }) => kind).sort())
    .toEqual(['command', 'effect', 'event']);
  await untilIndexed(server);
  return server;
}

async function lettersOf(engine: Engine) {
  return (await engine.deadLetters({ limit: 100, cursor: null })).items;
}

/** What a route may be asked for, by the names of its parameters. */
type Subject = Readonly<Record<string, string>>;

async function subjects({ engine, url }: TestServer): Promise<readonly Subject[]> {
  const policy = 'welcome';
  const common = { type: 'member', kind: 'policy', name: policy, policy, correlationId: TRACE };
  const found: Subject[] = [];
  for (const id of [...JOINED, 'joins-again', 'again-joins']) {
    const response = await fetch(`${url}${API_PATH}/actors/member/${id}/history`);
    const { steps } = (await response.json()) as { steps: readonly { position: string }[] };
    for (const { position } of steps) found.push({ ...common, id, position });
  }
  expect(found.length).toBeGreaterThan(4);
  // The names of a policy's instances are those of the members.
  found.push(...JOINED.map((id) => ({ ...common, id: `member:${id}`, position: '0:1' })));
  const letters = await lettersOf(engine);
  return found.map((subject, place) => {
    const letter = letters[place % letters.length]?.id ?? '';
    return { ...subject, letter };
  });
}

const mail = { memberId: 'new', email: emailOf('new') };
const through = '2100-01-01T00:00:00.000Z';

/** What is posted, by the end of the path: of each that there is one must be here. */
const BODIES: Readonly<Record<string, readonly unknown[]>> = {
  pause: [{}],
  resume: [{}],
  count: [{}, { error: emailOf('greets') }],
  'dry-run': [
    { type: 'Join', data: mail },
    { type: 'Join', data: { memberId: 'other', email: emailOf('joins') } },
    { type: 'Greet', data: mail },
  ],
  // What is not as it must be is told, and what is masked may not move.
  edit: [{ data: { memberId: 7 } }, { data: ['•••••'] }],
  retry: [{}],
  discard: [{ reason: `${emailOf('fails')} asked for it` }],
  settle: [
    { how: 'retry', error: emailOf('greets'), through },
    { how: 'discard', error: emailOf('greets'), reason: emailOf('greets'), through },
  ],
};

interface Asked {
  readonly path: string;
  readonly status: number;
  readonly text: string;
}

/** Asks every route for every subject: what reads before what writes. */
async function askAll(server: TestServer): Promise<readonly Asked[]> {
  const services = {
    engine: server.engine,
    log: { ...createTestLog(), info: () => {} },
    stopping: new AbortController().signal,
    meters: new Meters(server.engine.app),
  };
  const all = await subjects(server);
  const asked: Asked[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    asked.push({ path, status: response.status, text: await beginningOf(response) });
  };
  const routes = inspectorRoutes(services);
  for (const [method, pattern] of routes) {
    const paths = new Set(all.map((subject) => pathOf(pattern, subject)));
    if (method === 'get') for (const path of paths) await ask(path);
  }
  const order = Object.keys(BODIES);
  const endOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const posts = routes.filter(([method]) => method === 'post');
  expect(posts.map(([, path]) => endOf(path)).filter((end) => !order.includes(end))).toEqual([]);
  posts.sort(([, a], [, b]) => order.indexOf(endOf(a)) - order.indexOf(endOf(b)));
  for (const [, pattern] of posts) {
    for (const path of new Set(all.map((subject) => pathOf(pattern, subject)))) {
      for (const body of BODIES[endOf(pattern)] ?? []) {
        const headers = { 'content-type': 'application/json', [WRITE_HEADER]: '1' };
        await ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
      }
    }
  }
  return asked;
}

function pathOf(pattern: string, subject: Subject): string {
  return pattern.replace(/:(\w+)/g, (_, name: string) => {
    const value = name === 'id' && pattern.includes('letters') ? subject.letter : subject[name];
    if (value === undefined) throw new Error(`say what :${name} of ${pattern} may be`);
    return encodeURIComponent(value);
  });
}

/** All of an answer; the first of one that does not end. */
async function beginningOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text();
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? []).toString();
}

test('no route tells an email, nor does the log of what is written', async () => {
  const server = await serve(false);
  const answers = await askAll(server);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const telling = answers.filter(({ text }) => text.toLowerCase().includes(NAME));
  expect(telling).toEqual([]);
  const audits = server.logged.filter((line) => line.includes('"audit"'));
  expect(audits.length).toBeGreaterThan(5);
  expect(audits.filter((line) => line.toLowerCase().includes(NAME))).toEqual([]);
});

test('where it is allowed, all that was masked is told', async () => {
  const server = await serve(true);
  const answers = await askAll(server);
  const telling = new Set(
    answers.filter(({ text }) => text.toLowerCase().includes(NAME)).map(({ path }) => path),
  );
  const position = answers.find(({ path }) => path.includes('/actors/member/joins/at/'))?.path;
  for (const path of [
    '/dead-letters',
    '/dead-letters/count',
    '/policies/welcome/instances',
    '/policies/welcome/instances/member%3Agreets',
    '/actors/member/greets/under-way',
    `/traces/${TRACE}`,
    '/actors/member/joins',
    position?.slice(API_PATH.length) ?? '',
    '/dry-run',
  ]) {
    expect(telling, path).toContain(`${API_PATH}${path}`);
  }
});
