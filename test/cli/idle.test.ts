import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitUntilIdle } from '../../src/cli/idle.ts';
import { serverLink } from '../../src/cli/server-link.ts';
import { FakeServer } from './fake-server.ts';

const NOBODY = 'no server answers there. Start one with: npm start';

let server: FakeServer;
let said: string[] = [];
beforeEach(async () => {
  server = await new FakeServer().start();
  said = [];
});
afterEach(() => server.stop());

const wait = (ports: { patienceMs?: number; idlePatienceMs?: number; stop?: AbortSignal } = {}) =>
  waitUntilIdle(serverLink(server.url, undefined), {
    stop: new AbortController().signal,
    note: (text) => void said.push(text),
    onWaiting: (text) => void said.push(text),
    ...ports,
  });

test('policies at work are waited for while they come further', async () => {
  // With a fifth of a second between two looks, the whole wait is longer than the patience.
  server.policies.looksUntilIdle = 24;
  expect(await wait({ idlePatienceMs: 4_000 })).toMatchObject({
    kind: 'idle',
    report: { idle: true },
  });
  expect(server.policies.looks).toBe(25);
});

test('policies that come no further are stuck', async () => {
  server.policies.stuck = true;
  const rest = await wait({ idlePatienceMs: 300 });
  expect(rest).toMatchObject({ kind: 'stuck', report: { policies: [{ name: 'blocking' }, {}] } });
});

test('a server that is away is waited for, within bounds', async () => {
  await server.stop();
  expect(await wait({ patienceMs: 100 })).toEqual({ kind: 'gave-up', why: NOBODY });
  expect(said).toEqual([NOBODY]);
  const waiting = wait();
  await server.start();
  expect(await waiting).toMatchObject({ kind: 'idle' });
});

test('an order to stop ends the wait', async () => {
  server.policies.stuck = true;
  const stop = new AbortController();
  const waiting = wait({ stop: stop.signal });
  stop.abort();
  expect(await waiting).toEqual({ kind: 'interrupted' });
});
