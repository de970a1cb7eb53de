import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { post, readObject, readProblem, register, type TestServer } from './harness.ts';
import { LiveClient } from './live-client.ts';
import { start } from './streams.ts';

let server: TestServer;
let clients: LiveClient[];

beforeEach(async () => {
  server = await start();
  clients = [];
});
afterEach(() => {
  for (const client of clients) client.leave();
});

async function open(search = '', headers: Record<string, string> = {}): Promise<LiveClient> {
  const client = await LiveClient.open(`${server.url}/v1/events${search}`, headers);
  clients.push(client);
  return client;
}

const ask = (search = '', init: RequestInit = {}) =>
  fetch(`${server.url}/v1/events${search}`, init);

describe('GET /v1/events', () => {
  it('begins at once with a comment and an id, and says what it is', async () => {
    const client = await open();
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    expect(client.parts).toEqual([
      { comment: 'beat', event: null, id: expect.stringMatching(/^[\w-]+$/), data: null },
    ]);
  });

  it('gives the events from now on as commands answer them', async () => {
    await register(server, 'before');
    const client = await open();
    const body = { accountId: 'ann', email: 'ann@example.org', username: 'ann' };
    const answer = await readObject(await post(server, '/v1/commands/RegisterAccount', body));
    await expect.poll(() => client.events).toHaveLength(1);
    expect(client.events).toEqual(answer.events);
    expect(client.parts.at(-1)?.event).toBe('AccountRegistered');
  });

  it('goes on after an id, and after the position of an event', async () => {
    const first = await open();
    await register(server, 'ann');
    await expect.poll(() => first.events).toHaveLength(1);
    first.leave();
    await register(server, 'bob');
    const second = await open('', { 'last-event-id': first.lastId });
    await expect.poll(() => second.events).toHaveLength(1);
    expect(second.events[0]?.data).toMatchObject({ accountId: 'bob' });
    const third = await open('', { 'last-event-id': String(first.events[0]?.position) });
    await expect.poll(() => third.events).toHaveLength(1);
    expect(third.events).toEqual(second.events);
    const fourth = await open('', { 'last-event-id': '' });
    expect(fourth.events).toEqual([]);
  });

  it('gives the types asked for, of the actor asked for', async () => {
    const types = await open('?types=FollowCreated,FollowRejected');
    const actor = await open('?actor=account:ann&types=FollowCreated,AccountRegistered');
    for (const id of ['ann', 'bob']) await register(server, id);
    for (const [followerId, followeeId] of [
      ['bob', 'ann'],
      ['ann', 'bob'],
      ['ann', 'ann'],
    ]) {
      await post(server, '/v1/commands/FollowAccount', { followerId, followeeId });
    }
    await expect.poll(() => [types.events.length, actor.events.length]).toEqual([3, 2]);
    expect(types.events.map(({ type }) => type).sort()).toEqual([
      'FollowCreated',
      'FollowCreated',
      'FollowRejected',
    ]);
    expect(actor.events.map(({ type }) => type)).toEqual(['AccountRegistered', 'FollowCreated']);
  });

  it('gives CloudEvents where they are asked for', async () => {
    const client = await open('', { accept: 'text/event-stream, application/cloudevents+json' });
    const plain = await open('', { accept: 'application/cloudevents+json;q=0, */*' });
    await register(server, 'ann');
    await expect.poll(() => client.events.length + plain.events.length).toBe(2);
    const [event] = plain.events;
    const expected = {
      specversion: '1.0',
      id: event?.id,
      source: '/v1/actors/account/ann',
      type: 'AccountRegistered',
      subject: 'account:ann',
      time: event?.occurredAt,
      datacontenttype: 'application/json',
      eventversion: 2,
      actorversion: 1,
      position: event?.position,
      correlationid: event?.correlationId,
      causationid: event?.causationId,
      data: event?.data,
    };
    expect(client.events).toEqual([expected]);
    const trail = await fetch(`${server.url}/v1/actors/account/ann/events`, {
      headers: { accept: 'application/cloudevents+json' },
    });
    const { items } = await readObject(trail);
    expect(items).toEqual([
      { ...expected, causetype: 'RegisterAccount', causedata: expect.any(String), facts: '{}' },
    ]);
  });

  it.each([
    ['?types=Nothing', 'types'],
    ['?types=', 'types'],
    ['?types=FollowCreated,', 'types'],
    ['?actor=ann', 'actor'],
    ['?actor=account:', 'actor'],
    ['?actor=house:ann', 'actor'],
    ['?actor=account:ann&actor=account:bob', 'actor'],
    ['?limit=1', 'limit'],
  ])('refuses %s', async (search, field) => {
    const response = await ask(search);
    expect(response.status).toBe(422);
    expect(await readProblem(response)).toMatchObject({ errors: [{ field }] });
  });

  it.each(['abc', '1', '0:1', '99:1.0', '0:99.0', 'AQEAAA'])(
    'refuses to go on after %s',
    async (id) => {
      const response = await ask('', { headers: { 'last-event-id': id } });
      expect(response.status).toBe(400);
      expect(await readProblem(response)).toMatchObject({ code: 'malformed_request' });
    },
  );

  it('answers HEAD without a body, and keeps nothing for it', async () => {
    for (let n = 0; n < 3; n++) {
      const response = await ask('', { method: 'HEAD' });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/event-stream',
      ]);
    }
    expect((await ask('?types=Nothing', { method: 'HEAD' })).status).toBe(422);
    expect((await ask('', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD');
  });

  it('asks for credentials as other routes do', async () => {
    server = await start({ credentials: { tokens: ['secret'], jwt: null } });
    expect((await ask()).status).toBe(401);
    await open('', { authorization: 'Bearer secret' });
  });

  it('ends with the node, and begins no more', async () => {
    const client = await open();
    server.stop();
    await server.engine.drain();
    await expect.poll(() => client.isEnded).toBe(true);
    expect(client.response.complete).toBe(true);
    const response = await ask();
    expect(response.status).toBe(503);
    expect(await readProblem(response)).toMatchObject({ code: 'overloaded' });
  });

  it('gives the same to many, in the order of each partition', async () => {
    const many = await Promise.all(Array.from({ length: 50 }, () => open()));
    const ids = Array.from({ length: 20 }, (_, n) => `user${n}`);
    for (const id of ids) await register(server, id);
    for (const followerId of ids) {
      await post(server, '/v1/commands/FollowAccount', { followerId, followeeId: 'user0' });
    }
    for (const client of many) {
      await expect.poll(() => client.events).toHaveLength(40);
      const places = client.events.map(({ position }) => String(position).split(':').map(Number));
      const last = new Map<number, number>();
      for (const [partition = -1, place = -1] of places) {
        expect(place).toBeGreaterThan(last.get(partition) ?? 0);
        last.set(partition, place);
      }
    }
  });
});
