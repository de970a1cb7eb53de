import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_PATH } from '../../src/inspector/protocol.ts';
import { readProblem, register, startTestServer, type TestServer } from '../http/harness.ts';
import { actors, command, untilIndexed, untilLater } from './index-answers.ts';

const IDS = ['ann', 'anna', 'bob', 'Anton', 'cid'];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.engine.start();
  for (const id of IDS) {
    await register(server, id);
    await untilLater();
  }
  await command(server, 'DeactivateAccount', { accountId: 'bob' });
  await command(server, 'BlockAccount', { blockerId: 'nobody', blockedId: 'ann' });
  await untilIndexed(server);
});
afterAll(async () => {
  await server.close();
  await server.engine.drain();
});

const found = async (q: string) => (await actors(server, q)).items.map(({ id }) => id);

describe('actors', () => {
  test('are found by every word of a query, those first that changed last', async () => {
    const last = ['bob', 'cid', 'Anton', 'anna', 'ann'];
    expect(await found('')).toEqual(last);
    expect(await found('type:account')).toEqual(last);
    expect(await found('state:deactivated')).toEqual(['bob']);
    expect(await found('state:registered.active type:account')).toEqual(last.slice(1));
    expect(await found('id:ann')).toEqual(['ann']);
    for (const q of ['id:an…', 'id:an*', 'id:an...', 'an', 'an…', '"an"']) {
      expect(await found(q)).toEqual(['ann', 'anna']);
    }
    expect(await found('id:…')).toEqual(['Anton', 'ann', 'anna', 'bob', 'cid']);
    expect(await found('b state:active')).toEqual([]);
    expect(await found('stale:>1h')).toEqual([]);
    expect(await found('id:bob stale:0s')).toEqual(['bob']);
    expect(await found('stale:0s')).toEqual(last.toReversed());
    // A refusal makes nobody.
    expect(await found('id:nobody')).toEqual([]);
  });

  test('come page by page, with how many there are on the first', async () => {
    const first = await actors(server, 'state:active', '&limit=3');
    expect(first).toMatchObject({ total: 4, index: { lag: 0, isBeginning: false } });
    expect(first.counts).toEqual([
      { type: 'account', state: 'registered.active', count: 4 },
      { type: 'account', state: 'registered.deactivated', count: 1 },
    ]);
    const next = await actors(server, 'state:active', `&limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...next.items].map(({ id }) => id)).toEqual([
      'cid',
      'Anton',
      'anna',
      'ann',
    ]);
    expect(next).toMatchObject({ nextCursor: null, total: null, counts: null });
  });

  test.each([
    ['q=type:nothing', 'q', 'There is no type nothing. There are: account'],
    ['q=colour:red', 'q', 'There is no word colour:'],
    ['q=constructor:x', 'q', 'There is no word constructor:'],
    ['q=type:account+type:account', 'q', 'type is given twice'],
    ['q=stale:soon', 'q', 'stale: takes a time'],
    ['q=stale:>9999999h', 'q', 'stale: takes a time'],
    ['q=id:""', 'q', 'id: says nothing'],
    [`q=${'x'.repeat(501)}`, 'q', ''],
    ['cursor=abc', 'cursor', 'No page gave out this cursor'],
    [`cursor=${Buffer.from('["actors/",1]').toString('base64url')}`, 'cursor', 'No page'],
    ['limit=0', 'limit', ''],
    ['limit=201', 'limit', ''],
    ['colour=red', 'colour', 'Unknown field'],
    ['q=a&q=b', 'q', 'Given more than once'],
  ])('%s is refused, and it is said why', async (query, field, message) => {
    const response = await fetch(`${server.url}${API_PATH}/actors?${query}`);
    expect(response.status).toBe(422);
    const { errors = [] } = await readProblem(response);
    expect(errors).toEqual([{ field, message: expect.stringContaining(message) }]);
  });

  test('a cursor of another query is refused', async () => {
    const { nextCursor } = await actors(server, '', '&limit=1');
    const url = `${server.url}${API_PATH}/actors?q=type:account&cursor=${nextCursor}`;
    expect((await fetch(url)).status).toBe(422);
  });
});
