/** Whatever is asked of the inspector: an answer, or a refusal that says why; never a fault. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeCursor } from '../../src/engine/cursor.ts';
import {
  type ActorDetail,
  type ActorPage,
  API_PATH,
  type HistoryPage,
  type PastState,
  WRITE_HEADER,
} from '../../src/inspector/protocol.ts';
import { mustAccept } from '../support/node.ts';
import { makeRoom, type StoreRoom } from '../support/stores.ts';
import {
  atRest,
  type InspectedNode,
  inspectedApp,
  look,
  PARTITIONS,
  startInspected,
} from './store-world.ts';

/** What an id may look like: an app says which it takes, and this one takes all. */
const IDS = [
  'a/b',
  'a//b/',
  '...',
  'a:b',
  ':',
  'a b',
  ' ',
  'a%2Fb',
  '%',
  'a\0b',
  '\n',
  'ü😀',
  '*',
  '"quoted"',
  '?q=1#x',
  '__proto__',
  'constructor',
  '-',
  '{0}',
  'l'.repeat(300),
  `${'l'.repeat(300)}x`,
  'long 😀'.repeat(200),
];

/** Strange where an id is expected, as it stands in a path. */
const STRANGE = [
  '..%2f..%2fetc',
  '%2e%2e',
  '..',
  '%00',
  '%zz',
  '%ED%A0%80',
  '%FF%FE',
  'x'.repeat(10_000),
  '%F0%9F%98%80'.repeat(800),
  'toString',
];

const POSITIONS = [
  '0:0',
  '0:-1',
  '-1:1',
  '0:1.5',
  '0:1e9',
  '0:0x1',
  ' 0:1',
  '0:1 ',
  '0:01',
  '0',
  ':',
  '0:1:1',
  '99:1',
  '999999999:999999999999999',
  '9999999999:1',
  `0:${'9'.repeat(400)}`,
  '0:NaN',
  '%00',
  '٣:١',
];

async function ask(
  node: InspectedNode,
  path: string,
  options: { readonly body?: unknown } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const { body } = options;
  // Not through `fetch`, which would put a path in order first.
  const sent = request(`${node.url}/`, {
    path: `${API_PATH}${path}`,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', [WRITE_HEADER]: '1' },
    agent: false,
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response]: IncomingMessage[] = await once(sent, 'response');
  let text = '';
  for await (const bytes of response ?? []) text += String(bytes);
  return { status: response?.statusCode ?? 0, text };
}

describe.each(['embedded', 'redis'] as const)('on %s', (kind) => {
  let room: StoreRoom;
  let node: InspectedNode;

  beforeAll(async () => {
    room = await makeRoom(kind, PARTITIONS);
    node = await startInspected(await room.open(), { app: inspectedApp({ cannot: /bad/ }) });
    for (const box of IDS) await mustAccept(node.engine, 'Count', { box });
    await mustAccept(node.engine, 'Put', { box: 'bad', item: 'bad' });
    await atRest(node);
  });
  afterAll(async () => {
    await node.end();
    await room.close();
  });

  /** Each is refused as nothing that is there, or as what it must not be. */
  async function expectRefused(paths: readonly string[], body?: unknown): Promise<void> {
    for (const path of paths) {
      const { status, text } = await ask(node, path, { body });
      expect([404, 422], `${path.slice(0, 200)}: ${status} ${text.slice(0, 300)}`).toContain(
        status,
      );
      expect(JSON.parse(text)).toMatchObject({ status, code: expect.any(String) });
    }
  }

  test('an actor is found by its id, whatever that is', async () => {
    for (const id of IDS) {
      const path = `/actors/box/${encodeURIComponent(id)}`;
      expect(await look<ActorDetail>(node, path)).toMatchObject({ id, version: 1, records: 1 });
      const { steps } = await look<HistoryPage>(node, `${path}/history`);
      expect(steps).toHaveLength(1);
      const past = await look<PastState>(node, `${path}/at/${steps[0]?.position}`);
      expect(past).toMatchObject({ after: { context: { total: 1 } }, warning: null });
      if (id.length > 400 || id.includes('"') || id.endsWith('*') || id.endsWith('...')) continue;
      const found = await look<ActorPage>(node, `/actors?q=${encodeURIComponent(`id:"${id}"`)}`);
      expect(found.items.map((each) => each.id)).toEqual([id]);
    }
  });

  test('all are found page by page, each once, whatever their ids', async () => {
    for (const q of ['', 'id:…', 'stale:0s', `state:open ${' '.repeat(400)}`]) {
      const all: string[] = [];
      for (let more = ''; ; ) {
        const path = `/actors?q=${encodeURIComponent(q)}&limit=1${more}`;
        const page = await look<ActorPage>(node, path);
        all.push(...page.items.map(({ id }) => id));
        if (page.nextCursor === null) break;
        more = `&cursor=${page.nextCursor}`;
      }
      const known = all.filter((id) => !['bad', 'counted'].includes(id));
      expect(known.toSorted(), q).toEqual(IDS.toSorted());
    }
  });

  test('what was never written, and what names nothing, is refused', async () => {
    const suffixes = ['', '/history', '/history/pages', '/at/0:1'];
    await expectRefused([
      ...STRANGE.flatMap((id) => suffixes.map((suffix) => `/actors/box/${id}${suffix}`)),
      ...STRANGE.map((type) => `/actors/${type}/a`),
      ...STRANGE.map((id) => `/policies/${id}/instances`),
      ...STRANGE.map((id) => `/policies/tossing/instances/${id}`),
    ]);
    await expectRefused(
      STRANGE.flatMap((id) => [`/dead-letters/${id}/retry`, `/policies/${id}/pause`]),
      {},
    );
  });

  test('a position that is none of the actor is refused', async () => {
    const { steps } = await look<HistoryPage>(node, '/actors/box/a%20b/history');
    const [partition = 0, position = 0] = (steps[0]?.position ?? '').split(':').map(Number);
    const positions = [
      ...POSITIONS,
      `${partition}:999999999999999`,
      `${partition}:${position + 1}`,
      `${(partition + 1) % PARTITIONS}:${position}`,
    ];
    const encoded = positions.map(encodeURIComponent);
    await expectRefused([
      ...encoded.map((each) => `/actors/box/a%20b/at/${each}`),
      ...encoded.map((each) => `/actors/box/a%20b/history?from=${each}`),
      ...encoded.map((each) => `/actors/box/a%20b/history/pages?from=${each}`),
      ...POSITIONS.filter((each) => !each.startsWith('99')).map(
        (position) => `/traces/abc?at=${encodeURIComponent(position)}`,
      ),
      ...STRANGE.filter((id) => /^[.%]/.test(id)).map((id) => `/traces/${id}?at=x`),
    ]);
  });

  test('a query that makes no sense is refused', async () => {
    const queries = [
      'x'.repeat(10_000),
      'id:a id:b',
      'a b',
      'type:box type:box',
      'type:__proto__',
      'hasOwnProperty:x',
      'state:',
      'id:',
      'id:"open',
      'stale:-1s',
      'stale:>1e9d',
      `stale:>${'9'.repeat(100)}d`,
    ];
    await expectRefused([
      ...queries.map((q) => `/actors?q=${encodeURIComponent(q)}`),
      '/actors?q=a&q=a',
      '/actors?limit=1&limit=1',
      '/actors?limit=-1',
      '/actors?limit=1e2',
      `/actors?limit=${'9'.repeat(100)}`,
      '/actors?__proto__=1',
      `/actors?${'a=1&'.repeat(2_000)}`,
    ]);
  });

  test('a cursor that no page gave out is refused', async () => {
    const raw = (text: string) => Buffer.from(text).toString('base64url');
    const { nextCursor } = await look<ActorPage>(node, '/actors?q=state:open&limit=1');
    const forged = (scope: string) => [
      encodeCursor(scope, [-1, 'x']),
      encodeCursor(scope, [1.5, 'x']),
      encodeCursor(scope, [2 ** 60, 'x']),
      encodeCursor(scope, ['x', 1]),
      encodeCursor(scope, ['tossing', 0, -5, 'x']),
      encodeCursor(scope, ['tossing', -1, 5, 'x']),
      encodeCursor(scope, ['tossing', 0, 1e300, 'x']),
      encodeCursor(scope, [1]),
      raw(`["${scope}",{"__proto__":1},[]]`),
      raw('['.repeat(1_400)),
      raw('null'),
      '%',
      '.',
      'x'.repeat(9_000),
    ];
    await expectRefused([
      ...[nextCursor ?? '', ...forged('actors/')].map((cursor) => `/actors?cursor=${cursor}`),
      ...forged('dead-rows').map((cursor) => `/dead-letters?cursor=${cursor}`),
      ...forged('instance-rows').map((cursor) => `/policies/tossing/instances?cursor=${cursor}`),
    ]);
  });

  test('a letter that no list gave out is refused, and so is a word that makes no sense', async () => {
    const ids = [
      encodeCursor('dead-letter', ['tossing', 0, 'x']),
      encodeCursor('dead-letter', ['tossing', 99, 'x']),
      encodeCursor('dead-letter', ['tossing', -1, 'x']),
      encodeCursor('dead-letter', ['__proto__', 0, 'x']),
      encodeCursor('dead-letter', ['tossing', 0, '\0\ud800'.repeat(100)]),
      encodeCursor('dead-letter', ['tossing', 0, 'x'.repeat(5_000)]),
      encodeCursor('dead-rows', ['tossing', 0, 1, 'x']),
    ];
    await expectRefused(
      ids.map((id) => `/dead-letters/${id}/retry`),
      {},
    );
    await expectRefused(
      ids.map((id) => `/dead-letters/${id}/edit`),
      { data: { item: 'x' } },
    );
    for (const through of ['2026-02-30T00:00:00Z', 'x', '', '0000-00-00T00:00:00Z', 'NaN', null]) {
      await expectRefused(['/dead-letters/settle'], { how: 'retry', through });
    }
    const { items } = await look<{ items: readonly object[] }>(node, '/dead-letters');
    expect(items).toHaveLength(1);
  });
});
