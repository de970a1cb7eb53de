import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { app as domain } from '../../machines/index.ts';
import type { Engine, PoliciesReport } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { accepted, FOLLOW, failed, fakeEngine } from './fake-engine.ts';
import { post, readProblem, register, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
afterEach(() => server.close());

/** A sample's value by its name and labels, as they stand in the text. */
type Samples = ReadonlyMap<string, number>;

const SAMPLE =
  /^([a-zA-Z_:][\w:]*(?:\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\})?) (-?\d[\d.e+-]*|Nan|\+Inf)$/;

async function scrape(): Promise<Samples> {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(200);
  return samplesOf(await response.text());
}

/** @throws where a line is none of Prometheus's text, or a sample comes twice */
function samplesOf(text: string): Samples {
  const samples = new Map<string, number>();
  const lines = text.split('\n');
  expect(lines.pop(), 'the last line ends too').toBe('');
  for (const line of lines) {
    if (line === '' || /^# (HELP|TYPE) [a-zA-Z_:][\w:]* .+$/.test(line)) continue;
    const [, sample, value] = SAMPLE.exec(line) ?? [];
    if (sample === undefined || samples.has(sample)) throw new Error(`bad line: ${line}`);
    samples.set(sample, Number(value));
  }
  return samples;
}

/** Samples of one name that are not 0. */
function counted(samples: Samples, name: string): Record<string, number> {
  const of = [...samples].filter(([key, value]) => key.startsWith(`${name}{`) && value !== 0);
  return Object.fromEntries(of.map(([key, value]) => [key.slice(name.length), value]));
}

const command = (type: string, outcome: string) => `{command="${type}",outcome="${outcome}"}`;
const follow = (body: unknown = FOLLOW, headers = {}) =>
  post(server, '/v1/commands/FollowAccount', body, headers);

async function serveGraph(): Promise<void> {
  server = await startTestServer();
  for (const id of ['ann', 'bob']) await register(server, id);
}

async function serve(methods: Partial<Engine>): Promise<void> {
  server = await startTestServer({ engine: fakeEngine(methods) });
}

describe('what was counted of commands', () => {
  it('is each outcome, once an answer', async () => {
    await serveGraph();
    await follow();
    await follow({ followerId: 'ann', followeeId: 'nobody' });
    await follow({ followerId: 'ann' });
    await follow(FOLLOW, { 'if-match': '"77"' });
    const samples = await scrape();
    expect(counted(samples, 'everstate_commands_total')).toEqual({
      [command('RegisterAccount', 'accepted')]: 2,
      [command('FollowAccount', 'accepted')]: 1,
      [command('FollowAccount', 'rejected')]: 1,
      [command('FollowAccount', 'validation_error')]: 1,
      [command('FollowAccount', 'version_mismatch')]: 1,
    });
    // What broke its schema came to no outcome.
    expect(counted(samples, 'everstate_command_seconds_count')).toEqual({
      '{outcome="accepted"}': 3,
      '{outcome="rejected"}': 1,
      '{outcome="failed"}': 1,
    });
  });

  it('is each failure by its code', async () => {
    const failures: Outcome[] = [
      failed({ code: 'version_mismatch', actor: { type: 'account', id: 'ann', version: 1 } }),
      failed({ code: 'idempotency_key_reused' }),
      failed({ code: 'overloaded', limit: 'node' }),
      failed({ code: 'unavailable' }),
      failed({ code: 'system_error' }),
    ];
    const codes = failures.map((outcome) => outcome.status === 'failed' && outcome.failure.code);
    await serve({ submit: async () => failures.shift() ?? accepted() });
    for (const _ of codes) await follow();
    expect(counted(await scrape(), 'everstate_commands_total')).toEqual(
      Object.fromEntries(codes.map((code) => [command('FollowAccount', String(code)), 1])),
    );
  });

  it('is every entry of a batch, and every line of a stream', async () => {
    await serveGraph();
    const entries = [
      { type: 'FollowAccount', data: FOLLOW },
      { type: 'FollowAccount', data: { followerId: 'ann', followeeId: 'nobody' } },
      { type: 'FollowAccount', data: {} },
      { type: 'NoSuchCommand', data: {} },
    ];
    const expected = (times: number) => ({
      [command('RegisterAccount', 'accepted')]: 2,
      [command('FollowAccount', 'accepted')]: times,
      [command('FollowAccount', 'rejected')]: times,
      [command('FollowAccount', 'validation_error')]: times,
    });
    await (await post(server, '/v1/commands', { commands: entries })).text();
    expect(counted(await scrape(), 'everstate_commands_total')).toEqual(expected(1));
    const lines = entries.map((entry) => JSON.stringify(entry)).join('\n');
    const type = { 'content-type': 'application/x-ndjson' };
    await (await post(server, '/v1/commands', lines, type)).text();
    expect(counted(await scrape(), 'everstate_commands_total')).toEqual(expected(2));
  });

  it('is a line once, however often it found no room', async () => {
    let tries = 0;
    await serve({
      submit: async () =>
        ++tries < 4 ? failed({ code: 'overloaded', limit: 'mailbox' }) : accepted(),
    });
    const line = JSON.stringify({ type: 'FollowAccount', data: FOLLOW });
    const type = { 'content-type': 'application/x-ndjson' };
    await (await post(server, '/v1/commands', line, type)).text();
    expect(tries).toBe(4);
    expect(counted(await scrape(), 'everstate_commands_total')).toEqual({
      [command('FollowAccount', 'accepted')]: 1,
    });
  });

  it('is that it was kept for later, or was not', async () => {
    const answers = [{ status: 'pending', commandId: 'c-1', replayed: false }] as const;
    let asked = 0;
    await serve({ submitAsync: async () => answers[asked++] ?? failed({ code: 'unavailable' }) });
    for (const _ of [1, 2]) await follow(FOLLOW, { prefer: 'respond-async' });
    const samples = await scrape();
    expect(counted(samples, 'everstate_commands_total')).toEqual({
      [command('FollowAccount', 'pending')]: 1,
      [command('FollowAccount', 'unavailable')]: 1,
    });
    expect(counted(samples, 'everstate_command_seconds_count')).toEqual({});
  });

  it('has the events that were written, and not those of an answer given again', async () => {
    await serveGraph();
    for (const _ of [1, 2]) await follow(FOLLOW, { 'idempotency-key': 'once' });
    const samples = await scrape();
    expect(counted(samples, 'everstate_events_total')).toEqual({
      '{type="AccountRegistered"}': 2,
      '{type="FollowCreated"}': 1,
    });
    expect(counted(samples, 'everstate_commands_total')).toMatchObject({
      [command('FollowAccount', 'accepted')]: 2,
    });
  });
});

describe('names of commands, events and queries', () => {
  it('are the app’s own, whatever a client asks for', async () => {
    await serveGraph();
    const before = [...(await scrape()).keys()].filter((key) => key.startsWith('everstate_'));
    for (const name of ['NoSuchCommand', 'toString', '__proto__', 'evil%22%7D%0A']) {
      await post(server, `/v1/commands/${name}`, {});
      await post(server, '/v1/commands', { commands: [{ type: name, data: {} }] });
      await fetch(`${server.url}/v1/accounts/ann/${name}`);
    }
    const after = [...(await scrape()).keys()].filter((key) => key.startsWith('everstate_'));
    expect(after).toEqual(before);
    for (const type of domain.commands.keys()) {
      expect(after).toContain(`everstate_commands_total${command(type, 'accepted')}`);
    }
  });

  it('of two servers in one process are counted apart', async () => {
    await serveGraph();
    const first = server;
    server = await startTestServer();
    expect(counted(await scrape(), 'everstate_commands_total')).toEqual({});
    await first.close();
  });
});

it('counts queries by the status of their answer', async () => {
  let tries = 0;
  await serve({
    query: async () => {
      tries += 1;
      if (tries === 2) throw new StoreUnavailable('down', 'no');
      if (tries === 3) throw new Error('a fault');
      return tries === 4 ? null : {};
    },
  });
  const name = domain.queries.find(({ route }) => route === '/v1/accounts/{id}')?.name;
  const path = `${server.url}/v1/accounts/ann`;
  for (const status of [200, 503, 500, 404]) expect((await fetch(path)).status).toBe(status);
  expect((await fetch(`${path}?x=1`)).status).toBe(422);
  const statuses = ['200', '503', '500', '404', '422'];
  expect(counted(await scrape(), 'everstate_queries_total')).toEqual(
    Object.fromEntries(statuses.map((status) => [`{query="${name}",status="${status}"}`, 1])),
  );
});

it('shows how many streams of events are open', async () => {
  await serveGraph();
  const leaving = new AbortController();
  const init = { signal: leaving.signal };
  const streams = await Promise.all([1, 2].map(() => fetch(`${server.url}/v1/events`, init)));
  expect(streams.map(({ status }) => status)).toEqual([200, 200]);
  await fetch(`${server.url}/v1/events`, { method: 'HEAD' });
  expect((await scrape()).get('everstate_event_streams')).toBe(2);
  leaving.abort();
  await expect.poll(async () => (await scrape()).get('everstate_event_streams')).toBe(0);
});

const policy = {
  paused: false,
  lag: 7,
  inFlight: 2,
  retrying: 1,
  deadLetters: 3,
  timers: 4,
  oldestPendingMs: 1_500,
};
const REPORT: PoliciesReport = {
  idle: false,
  policies: [
    { ...policy, name: 'blocking', holders: { 'node-a': 40, 'node-b': 24 } },
    { ...policy, name: 'newer', lag: 0, holders: { 'node-a': 40 } },
  ],
  projections: [
    {
      name: 'followers',
      lag: 5,
      oldestPendingMs: 2_500,
      version: 1,
      generation: 0,
      wantsRebuild: false,
      rebuild: null,
    },
  ],
};

describe('what is read from the store', () => {
  it('is how the policies fare, in base units', async () => {
    await serve({ policies: async () => REPORT });
    const samples = await scrape();
    expect(
      Object.fromEntries(
        [...samples].filter(([name]) => /_(policy|store|projection|partitions)_/.test(name)),
      ),
    ).toEqual({
      everstate_store_up: 1,
      'everstate_policy_lag_records{policy="blocking"}': 7,
      'everstate_policy_lag_records{policy="newer"}': 0,
      ...Object.fromEntries(
        ['blocking', 'newer'].flatMap((name) => [
          [`everstate_policy_in_flight{policy="${name}"}`, 2],
          [`everstate_policy_retrying{policy="${name}"}`, 1],
          [`everstate_policy_dead_letters{policy="${name}"}`, 3],
          [`everstate_policy_timers{policy="${name}"}`, 4],
          [`everstate_policy_oldest_pending_seconds{policy="${name}"}`, 1.5],
        ]),
      ),
      'everstate_projection_lag_records{projection="followers"}': 5,
      'everstate_partitions_held{node="node-a"}': 40,
      'everstate_partitions_held{node="node-b"}': 24,
    });
  });

  it('is of all policies and projections of the app', async () => {
    server = await startTestServer();
    const samples = await scrape();
    for (const name of domain.policies.keys()) {
      expect(samples.get(`everstate_policy_lag_records{policy="${name}"}`)).toBe(0);
    }
    for (const name of domain.projections.keys()) {
      expect(samples.has(`everstate_projection_lag_records{projection="${name}"}`)).toBe(true);
    }
  });

  it('is read once for all who ask at once, and again later', async () => {
    let reads = 0;
    const gate = new EventEmitter();
    const opened = once(gate, 'open').then(() => REPORT);
    await serve({
      policies: () => {
        reads += 1;
        return opened;
      },
    });
    const all = Promise.all(Array.from({ length: 10 }, scrape));
    await expect.poll(() => server.connections()).toBe(10);
    gate.emit('open');
    for (const samples of await all) expect(samples.get('everstate_store_up')).toBe(1);
    expect(reads).toBe(1);
    await expect.poll(() => scrape().then(() => reads)).toBe(2);
  });

  it('is left out while the store is out of reach; the rest is told', async () => {
    let isDown = true;
    await serve({
      policies: async () => {
        if (isDown) throw new StoreUnavailable('down', 'no');
        return REPORT;
      },
    });
    await follow();
    const samples = await scrape();
    expect(samples.get('everstate_store_up')).toBe(0);
    expect(
      [...samples.keys()].filter((name) => /_(policy|projection|partitions)_/.test(name)),
    ).toEqual([]);
    expect(samples.get(`everstate_commands_total${command('FollowAccount', 'accepted')}`)).toBe(1);
    expect(samples.get('process_start_time_seconds')).toBeGreaterThan(0);
    isDown = false;
    await expect.poll(async () => (await scrape()).get('everstate_store_up')).toBe(1);
  });

  it('is not waited for any longer than who collects it would', async () => {
    await serve({ policies: () => sleep(60_000, REPORT, { ref: false }) });
    expect((await scrape()).get('everstate_store_up')).toBe(0);
    expect(HTTP_LIMITS.metricsStoreMsMax).toBeLessThan(10_000);
  });
});

describe('GET /metrics', () => {
  it('is text that Prometheus reads, with what the process is', async () => {
    server = await startTestServer();
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const names = [...samplesOf(await response.text()).keys()];
    expect(names).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']),
    );
    // Once more: nothing is registered twice.
    expect((await scrape()).size).toBeGreaterThanOrEqual(names.length);
  });

  it('needs credentials where there are any', async () => {
    server = await startTestServer({ credentials: { tokens: ['t'], jwt: null } });
    const get = (headers: Record<string, string>) => fetch(`${server.url}/metrics`, { headers });
    for (const headers of [{}, { authorization: 'Bearer other' }]) {
      const response = await get(headers);
      expect(response.status).toBe(401);
      expect(await readProblem(response)).toMatchObject({ code: 'unauthenticated' });
    }
    expect((await get({ authorization: 'Bearer t' })).status).toBe(200);
  });

  it('answers HEAD, and takes no parameters and no other method', async () => {
    server = await startTestServer();
    const ask = (path: string, method = 'GET') => fetch(server.url + path, { method });
    const head = await ask('/metrics', 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    const asked = await ask('/metrics?name=x');
    expect(asked.status).toBe(422);
    expect((await readProblem(asked)).errors).toMatchObject([{ field: 'name' }]);
    const other = await ask('/metrics', 'POST');
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
