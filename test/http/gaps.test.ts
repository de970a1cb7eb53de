/** What clients are told of history that was trimmed. */

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { app } from '../../machines/index.ts';
import { partitionOf } from '../../src/engine/address.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { readObject, register, startTestServer, type TestServer } from './harness.ts';

const PARTITIONS = 2;
const inFirst = (id: string) => partitionOf(`account:${id}`, PARTITIONS) === 0;

let store: Store;
let server: TestServer;
const leaving: AbortController[] = [];

beforeEach(async () => {
  store = createMemoryStore({ partitions: PARTITIONS });
  const log = pino({ level: 'silent' });
  const engine = createEngine({ app, store, runtime: createSystemRuntime(), log, strict: true });
  server = await startTestServer({ engine });
});
afterEach(async () => {
  for (const left of leaving.splice(0)) left.abort();
  await server.close();
});

interface Part {
  readonly event: string | null;
  readonly id: string | null;
  readonly data: Record<string, unknown> | null;
}

/** Listens, and gives what comes, part by part, as it comes. */
async function listen(lastEventId: string, search = '', headers: Record<string, string> = {}) {
  const left = new AbortController();
  leaving.push(left);
  const response = await fetch(`${server.url}/v1/events${search}`, {
    headers: { 'last-event-id': lastEventId, ...headers },
    signal: left.signal,
  });
  expect(response.status).toBe(200);
  const parts: Part[] = [];
  void (async () => {
    let rest = '';
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const pieces = (rest + text).split('\n\n');
      rest = pieces.pop() ?? '';
      for (const piece of pieces) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(piece)?.[1] ?? null;
        const data = field('data');
        parts.push({ event: field('event'), id: field('id'), data: data && JSON.parse(data) });
      }
    }
  })().catch(() => {});
  return parts;
}

const events = (parts: readonly Part[]) => parts.filter(({ event }) => event !== null);

/** Accounts, all in the first partition, one record each; the first four are trimmed. */
async function trimmed(): Promise<string[]> {
  const ids = Array.from({ length: 40 }, (_, n) => `user${n}`)
    .filter(inFirst)
    .slice(0, 6);
  for (const id of ids) await register(server, id);
  await store.trim(0, 4);
  return ids;
}

describe('GET /v1/events after history was trimmed', () => {
  it('tells of the gap once, where it lies, then what is left', async () => {
    await trimmed();
    const parts = await listen('0:2.0');
    await expect.poll(() => events(parts)).toHaveLength(3);
    const [gap, ...rest] = events(parts);
    expect(gap).toEqual({
      event: 'gap',
      id: expect.stringMatching(/^[\w-]+$/),
      data: { partition: 0, after: '0:1', before: '0:5' },
    });
    expect(rest.map(({ data }) => data?.position)).toEqual(['0:5.0', '0:6.0']);
    const again = await listen(gap?.id ?? '');
    await expect.poll(() => events(again)).toHaveLength(2);
    expect(events(again).map(({ event }) => event)).not.toContain('gap');
  });

  it('tells of it although nothing is left, and then what comes', async () => {
    const ids = await trimmed();
    const [start] = await listen('');
    await store.trim(0, 6);
    const whole = await listen('0:3.0');
    await expect.poll(() => events(whole)).toHaveLength(1);
    expect(events(whole)[0]?.data).toEqual({ partition: 0, after: '0:2', before: '0:7' });
    // One who had all of it has lost nothing.
    const had = await listen(start?.id ?? '');
    await expect.poll(() => had).toHaveLength(1);
    const late = Array.from({ length: 90 }, (_, n) => `late${n}`).find(inFirst) ?? '';
    await register(server, late);
    await expect.poll(() => [events(whole).length, events(had).length]).toEqual([2, 1]);
    expect(events(had)[0]?.data?.position).toBe('0:7.0');
    expect(ids).toHaveLength(6);
  });

  it('tells one who asks for an actor of its partition alone', async () => {
    const [own = ''] = await trimmed();
    const other = Array.from({ length: 90 }, (_, n) => `late${n}`).find((id) => !inFirst(id)) ?? '';
    const parts = await listen('0:2.0', `?actor=account:${own}`);
    await expect.poll(() => events(parts)).toHaveLength(1);
    const none = await listen('0:2.0', `?actor=account:${other}`);
    await register(server, other);
    await expect.poll(() => events(none)).toHaveLength(1);
    expect(events(none)[0]?.event).toBe('AccountRegistered');
  });

  it('tells it as a CloudEvent where those are asked for', async () => {
    await trimmed();
    const parts = await listen('0:2.0', '', { accept: 'application/cloudevents+json' });
    await expect.poll(() => events(parts)).toHaveLength(3);
    expect(events(parts)[0]).toMatchObject({
      event: 'gap',
      data: {
        specversion: '1.0',
        id: '0:1-0:5',
        source: '/v1/events',
        type: 'gap',
        datacontenttype: 'application/json',
        data: { partition: 0, after: '0:1', before: '0:5' },
      },
    });
  });
});

describe('GET /v1/actors/{type}/{id}/events after history was trimmed', () => {
  const trail = (id: string, search = '') =>
    fetch(`${server.url}/v1/actors/account/${id}/events${search}`);

  it('says that the trail begins later, on the last page', async () => {
    const [, , , , left = ''] = await trimmed();
    expect(await readObject(await trail(left))).not.toHaveProperty('trimmed');
    const body = { followerId: left, followeeId: left };
    for (let n = 0; n < 2; n++) {
      await fetch(`${server.url}/v1/commands/FollowAccount`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    }
    await store.trim(0, 5);
    const first = await readObject(await trail(left, '?limit=1'));
    expect(first).toMatchObject({ nextCursor: expect.any(String) });
    expect(first).not.toHaveProperty('trimmed');
    const last = await trail(left, `?limit=1&before=${first.nextCursor}`);
    expect(await readObject(last)).toMatchObject({ items: [{ position: '0:7.0' }], trimmed: true });
    await store.trim(0, 8);
    const gone = await trail(left, `?before=${first.nextCursor}`);
    expect([gone.status, await readObject(gone)]).toEqual([200, { items: [], trimmed: true }]);
  });

  it('is empty where all of it is gone, and 404 where it never was', async () => {
    const [gone = ''] = await trimmed();
    const response = await trail(gone);
    expect([response.status, await readObject(response)]).toEqual([
      200,
      { items: [], trimmed: true },
    ]);
    const cloud = await fetch(`${server.url}/v1/actors/account/${gone}/events`, {
      headers: { accept: 'application/cloudevents+json' },
    });
    expect(await readObject(cloud)).toEqual({ items: [], trimmed: true });
    expect((await trail('nobody')).status).toBe(404);
  });
});
