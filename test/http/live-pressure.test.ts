import { afterEach, describe, expect, it } from 'vitest';
import type { FeedNews, LiveEvent } from '../../src/engine/live-feed.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { fakeEngine } from './fake-engine.ts';
import { readProblem, type TestServer } from './harness.ts';
import { LiveClient } from './live-client.ts';
import { settled, start } from './streams.ts';

let clients: LiveClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
});

async function connect(server: TestServer): Promise<LiveClient> {
  const client = await LiveClient.connect(`${server.url}/v1/events`);
  clients = [...clients, client];
  return client;
}

const ask = (server: TestServer, init: RequestInit = {}) => fetch(`${server.url}/v1/events`, init);

describe('a stream of events', () => {
  const live = (n: number): LiveEvent => ({
    bookmark: `b${n}`,
    event: {
      id: `e${n}`,
      type: 'FollowCreated',
      version: 1,
      actor: { type: 'account', id: 'ann', version: 1 },
      position: `0:${n}.0`,
      occurredAt: '2026-01-01T00:00:00.000Z',
      correlationId: 'c',
      causationId: 'c',
      data: { text: 'x'.repeat(1_000) },
    },
    cause: { principal: 'anonymous', command: { type: 'FollowAccount', data: {} }, facts: {} },
  });

  it('asks for no more than its client reads', async () => {
    let given = 0;
    let closed = 0;
    const next = async (): Promise<FeedNews> => ({
      kind: 'events',
      events: Array.from({ length: 10 }, () => live(given++)),
    });
    const close = () => void closed++;
    const server = await start({
      engine: fakeEngine({ follow: async () => ({ bookmark: 'b', next, close }) }),
    });
    const client = await connect(server);
    await settled(() => given);
    const stalledAt = given;
    // What the system's buffers hold, no more.
    expect(stalledAt * 1_300).toBeLessThan(16 * 1024 * 1024);
    client.read();
    await expect.poll(() => given).toBeGreaterThan(stalledAt * 2);
    const ids = client.events.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, n) => `e${n}`));
    client.leave();
    await expect.poll(() => closed).toBe(1);
  });

  it('breaks off without an end where it cannot go on', async () => {
    let calls = 0;
    const next = async (): Promise<FeedNews> => {
      if (calls++ > 0) throw new Error('unreadable');
      return { kind: 'events', events: [live(1)] };
    };
    const follow = async () => ({ bookmark: 'b', next, close: () => {} });
    const server = await start({ engine: fakeEngine({ follow }) });
    const client = await connect(server);
    client.read();
    await expect.poll(() => client.isEnded).toBe(true);
    expect(client.response.complete).toBe(false);
    expect(server.logged.join('')).toContain('unreadable');
  });

  it('has so many beside it on one node, and takes the place of one that left', async () => {
    const ends = new Set<() => void>();
    const follow = async () => {
      let end = (): void => {};
      const ended = new Promise<null>((resolve) => {
        end = () => resolve(null);
      });
      ends.add(end);
      return { bookmark: 'b', next: () => ended, close: () => end() };
    };
    const server = await start({ engine: fakeEngine({ follow }) });
    const all = await Promise.all(
      Array.from({ length: HTTP_LIMITS.eventStreamsMax }, () => connect(server)),
    );
    const refused = await ask(server);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await readProblem(refused)).toMatchObject({ code: 'overloaded' });
    all[0]?.leave();
    await expect.poll(async () => (await ask(server, { method: 'HEAD' })).status).toBe(200);
  });

  it('is answered 503 where it cannot begin, and takes up no room', async () => {
    let calls = 0;
    const follow = () => {
      calls += 1;
      return Promise.reject(new StoreUnavailable('away', 'no'));
    };
    const server = await start({ engine: fakeEngine({ follow }) });
    for (let n = 0; n <= HTTP_LIMITS.eventStreamsMax; n++) {
      const response = await ask(server);
      await response.arrayBuffer();
      if (n === 0) expect(response.status).toBe(503);
    }
    expect(calls).toBe(HTTP_LIMITS.eventStreamsMax + 1);
  });
});
