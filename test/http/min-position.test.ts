import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { post, readObject, register, startTestServer, type TestServer } from './harness.ts';

/** One that runs its projections, and one that never does. */
let server: TestServer;
let idle: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.engine.start();
  idle = await startTestServer();
  for (const one of [server, idle]) {
    for (const id of ['ann', 'bob']) await register(one, id);
  }
});
afterAll(async () => {
  await server.engine.drain();
  await Promise.all([server.close(), idle.close()]);
});

const QUERY = '/v1/accounts/ann/following';
const answer = z.looseObject({ position: z.string() });

const read = (one: TestServer, headers: Record<string, string>, path = QUERY) =>
  fetch(one.url + path, { headers });

async function follow(one: TestServer): Promise<string> {
  const body = { followerId: 'ann', followeeId: 'bob' };
  return answer.parse(await readObject(await post(one, '/v1/commands/FollowAccount', body)))
    .position;
}

describe('a query with Min-Position', () => {
  it('is answered once the read models have passed it', async () => {
    const position = await follow(server);
    const reply = await read(server, { 'min-position': position });
    expect(reply.status).toBe(200);
    expect(await readObject(reply)).toMatchObject({ items: [{ id: 'bob' }] });
  });

  it("takes several positions, an event's among them", async () => {
    const position = await follow(server);
    const reply = await read(server, { 'min-position': `${position}, ${position}.0 ,0:0` });
    expect(reply.status).toBe(200);
  });

  it('is given up with a 504 when its time is over', async () => {
    const position = await follow(idle);
    const reply = await read(idle, { 'min-position': position, prefer: 'wait=0' });
    expect(reply.status).toBe(504);
    expect(await readObject(reply)).toMatchObject({ code: 'not_yet_visible', status: 504 });
  });

  it('is given up when the server stops', async () => {
    const { engine } = idle;
    let waiting = 0;
    // What would end the wait otherwise is far off.
    const untilPassed: typeof engine.untilPassed = (places, _withinMs, signal) => {
      waiting += 1;
      return engine.untilPassed(places, 60 * 60 * 1_000, signal);
    };
    const stopping = await startTestServer({ engine: { ...engine, untilPassed } });
    const position = await follow(stopping);
    const reply = read(stopping, { 'min-position': position, prefer: 'wait=30' });
    await expect.poll(() => waiting).toBe(1);
    stopping.stop();
    expect((await reply).status).toBe(504);
    await stopping.close();
  });

  it.each([
    ['no position', 'soon'],
    ['an empty list', ''],
    ['a hole in the list', '0:1,,0:2'],
    ['a negative one', '0:-1'],
    ['too many', Array.from({ length: 101 }, () => '0:1').join(',')],
    ['a partition that there is not', '9999:1'],
    ['a position beyond the head', '0:999999'],
  ])('is refused with a 400: %s', async (_, value) => {
    const reply = await read(server, { 'min-position': value });
    expect(reply.status).toBe(400);
    expect(await readObject(reply)).toMatchObject({ code: 'malformed_request' });
  });

  it('refuses a time that is none, before it looks at the query', async () => {
    const headers = { 'min-position': '0:0', prefer: 'wait=soon' };
    expect((await read(server, headers, `${QUERY}?limit=0`)).status).toBe(400);
    expect((await read(server, { 'min-position': '0:0' }, `${QUERY}?limit=0`)).status).toBe(422);
  });

  it('waits no longer than 30 s, whatever is asked', async () => {
    const reply = await read(server, { 'min-position': '0:0', prefer: 'wait=999999' });
    expect(reply.status).toBe(200);
  });

  it('never reads stale: each of 50 writers finds its follow among the followers', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `writer${index}`);
    await Promise.all(ids.map((id) => register(server, id)));
    const found = await Promise.all(
      ids.map(async (id) => {
        const body = { followerId: id, followeeId: 'bob' };
        const reply = await post(server, '/v1/commands/FollowAccount', body);
        const { position } = answer.parse(await readObject(reply));
        const path = '/v1/accounts/bob/followers?limit=200';
        const page = await readObject(await read(server, { 'min-position': position }, path));
        return z.object({ items: z.array(z.looseObject({ id: z.string() })) }).parse(page).items;
      }),
    );
    for (const [index, items] of found.entries()) {
      expect(items.map(({ id }) => id)).toContain(ids[index]);
    }
  });
});
