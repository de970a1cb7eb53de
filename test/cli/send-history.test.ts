import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkpointFile } from '../../src/cli/checkpoint.ts';
import { syntheticGraph } from '../../src/cli/graph.ts';
import { BATCHES_IN_FLIGHT, KEY_LIFE_MS } from '../../src/cli/limits.ts';
import { plan } from '../../src/cli/plan.ts';
import type { Progress } from '../../src/cli/progress.ts';
import { type Sent, sendHistory } from '../../src/cli/send-history.ts';
import { serverLink } from '../../src/cli/server-link.ts';
import type { Tally } from '../../src/cli/tally.ts';
import { FakeServer, type Fault } from './fake-server.ts';

// Few people and many commands: a pair's follows, blocks and their undoing meet again and again.
const { history } = syntheticGraph({ people: 30, commands: 2_000, seed: 3 });
const batches = plan(history, { batchSteps: 50, inFlight: BATCHES_IN_FLIGHT });
const requestsWithoutFaults = batches.filter((batch) => batch.length > 0).length;

let dir: string;
let server: FakeServer;
let said: string[] = [];
let calmOutcome: { tally: Tally; events: string[] };
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-send-'));
  calmOutcome = await undisturbed();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-send-'));
  server = await new FakeServer().start();
  said = [];
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

interface Change {
  readonly stop?: AbortSignal;
  readonly resendExpired?: boolean;
  readonly patienceMs?: number;
}

const checkpoints = (to = server) =>
  checkpointFile(dir, { history: history.id, url: to.url.href, cut: 'test' });

function send(change: Change = {}, to = server): Promise<Sent> {
  const progress: Progress = {
    start: (total, done) => void said.push(`${done}/${total}`),
    advance: () => undefined,
    reach: () => undefined,
    waiting: (why) => void (why !== null && said.push(why)),
    note: (text) => void said.push(text),
    stop: () => undefined,
  };
  return sendHistory({
    historyId: history.id,
    batches,
    link: serverLink(to.url, undefined),
    checkpoints: checkpoints(to),
    progress,
    stop: new AbortController().signal,
    resendExpired: false,
    ...change,
  });
}

/** What a server comes to that never fails: the yardstick of every other test. */
async function undisturbed(): Promise<{ tally: Tally; events: string[] }> {
  const calm = await new FakeServer().start();
  try {
    const sent = await send({}, calm);
    if (sent.kind !== 'done') throw new Error(sent.kind);
    expect(calm.collisions).toEqual([]);
    return { tally: sent.tally, events: calm.events.toSorted() };
  } finally {
    await calm.stop();
  }
}

async function expectWhole(sent: Sent): Promise<void> {
  const { tally, events } = calmOutcome;
  expect(sent).toMatchObject({ kind: 'done', tally });
  expect(server.events.toSorted()).toEqual(events);
  expect(server.collisions).toEqual([]);
}

test('every command is sent once and counted once', async () => {
  const sent = await send();
  await expectWhole(sent);
  expect(server.requests).toHaveLength(requestsWithoutFaults);
  const counts = Object.values(sent.kind === 'done' ? sent.tally : {}).flatMap(Object.values);
  expect(counts.reduce((sum: number, n: number) => sum + n, 0)).toBe(2_030);
});

test.each<[string, Fault]>([
  ['a request is lost', { kind: 'drop', when: 'before' }],
  ['an answer is lost', { kind: 'drop', when: 'after' }],
  ['the store is out of reach', { kind: 'status', status: 503, code: 'unavailable' }],
  [
    'a part is too much',
    { kind: 'fail', places: (n) => n % 3 === 1, status: 429, code: 'overloaded' },
  ],
  ['a part fails once', { kind: 'fail', places: (n) => n < 5, status: 500, code: 'system_error' }],
])('when %s, it is sent again under the same keys', async (_, fault) => {
  const hit = new Set([0, 3, 4, 10, 11]);
  server.fault = (request) => (hit.has(request) ? fault : null);
  const sent = await send();
  await expectWhole(sent);
  expect(said.length).toBeGreaterThan(1);
});

test('when the server goes away and comes back, the run goes on', async () => {
  let back: Promise<unknown> | undefined;
  server.onRequest = (request) => {
    if (request === 7) back = server.stop().then(() => server.start());
  };
  const sent = await send();
  await back;
  await expectWhole(sent);
});

test.each([1, 2, 9, 20])(
  'interrupted at request %i, and again, it goes on where it was',
  async (at) => {
    for (const requests of [at, at + 7]) {
      const stop = new AbortController();
      server.onRequest = (request) => {
        if (request === requests) stop.abort();
      };
      expect((await send({ stop: stop.signal })).kind).toBe('interrupted');
    }
    server.onRequest = () => undefined;
    await expectWhole(await send());
    // What was on its way was waited for: nothing had to be sent twice.
    expect(server.requests).toHaveLength(requestsWithoutFaults);
  },
);

test('cut off in the middle of an answer, it goes on without doubling anything', async () => {
  const stop = new AbortController();
  server.fault = (request) => (request >= 8 ? { kind: 'drop', when: 'after' } : null);
  server.onRequest = (request) => {
    if (request === 9) stop.abort();
  };
  expect((await send({ stop: stop.signal })).kind).toBe('interrupted');
  expect(await checkpoints().load()).toMatchObject({ acknowledged: 8 + 1, sent: 8 + 3 });
  server.fault = () => null;
  await expectWhole(await send());
});

test('a lost checkpoint costs time, and nothing else', async () => {
  const stop = new AbortController();
  server.onRequest = (request) => {
    if (request === 12) stop.abort();
  };
  await send({ stop: stop.signal });
  await checkpoints().remove();
  await expectWhole(await send());
});

test('what is done is not sent again, and its sums are told', async () => {
  const first = await send();
  const { length } = server.requests;
  expect(await send()).toEqual({ ...first, anew: false });
  expect(server.requests).toHaveLength(length);
});

test('a server with another store under the same address gets everything', async () => {
  await send();
  server.wipe();
  await expectWhole(await send());
  expect(said.join()).toContain('starting over');
});

test('what lay unanswered for a day is sent again only when told to', async () => {
  const stop = new AbortController();
  server.fault = (request) => (request === 5 ? { kind: 'drop', when: 'after' } : null);
  server.onRequest = (request) => {
    if (request === 5) stop.abort();
  };
  await send({ stop: stop.signal });
  const file = checkpoints();
  const saved = await file.load();
  if (saved === null) throw new Error('no checkpoint');
  await file.save({ ...saved, savedAt: Date.now() - KEY_LIFE_MS - 1 });
  const { length } = server.requests;
  const expired = await send();
  expect(expired).toEqual({
    kind: 'expired',
    commands: batches.slice(saved.acknowledged, saved.sent).flat().length,
  });
  expect(server.requests).toHaveLength(length);
  expect((await send({ resendExpired: true })).kind).toBe('done');
});

test('a server that stays away is given up, and the run can go on later', async () => {
  server.fault = (request) =>
    request >= 6 ? { kind: 'status', status: 503, code: 'unavailable' } : null;
  expect(await send({ patienceMs: 100 })).toMatchObject({
    kind: 'gave-up',
    why: '503 unavailable',
  });
  server.fault = () => null;
  await expectWhole(await send());
});

test.each<[string, Fault, string]>([
  ['the caller', { kind: 'status', status: 401, code: 'unauthenticated' }, '401 unauthenticated'],
  [
    'a command',
    { kind: 'fail', places: (n) => n === 1, status: 422, code: 'validation_error' },
    '422 validation_error',
  ],
])('a server that refuses %s ends the run with its words', async (_, fault, words) => {
  server.fault = (request) => (request === 4 ? fault : null);
  const sent = await send();
  expect(sent.kind).toBe('refused');
  expect('why' in sent ? sent.why : '').toContain(words);
  expect(server.requests.length).toBeLessThanOrEqual(4 + BATCHES_IN_FLIGHT);
});

test('a command that only ever meets an internal error is counted as failed', async () => {
  const { tally } = calmOutcome;
  server.fault = (request) =>
    request >= requestsWithoutFaults - 1
      ? { kind: 'fail', places: (n) => n === 0, status: 500, code: 'system_error' }
      : null;
  const sent = await send();
  if (sent.kind !== 'done') throw new Error(sent.kind);
  const failed = Object.values(sent.tally).reduce(
    (sum, ofType) => sum + (ofType['failed: system_error'] ?? 0),
    0,
  );
  expect(failed).toBe(1);
  const total = (of: Tally) => Object.values(of).flatMap(Object.values<number>);
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  expect(sum(total(sent.tally))).toBe(sum(total(tally)));
});
