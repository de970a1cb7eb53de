import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../src/cli/options.ts';
import { subscribers } from '../../src/cli/subscribers.ts';

let server: Server;
let out: string[] = [];
let err: string[] = [];
/** What was asked, and what is answered. */
let asked: string[] = [];
let answer: readonly [status: number, body: unknown] = [200, { items: [] }];

beforeEach(async () => {
  [out, err, asked] = [[], [], []];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void out.push(text));
  vi.spyOn(console, 'error').mockImplementation((text: string) => void err.push(text));
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(answer[0], { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const at = () => {
  const { port } = server.address() as AddressInfo;
  return ['--url', `http://127.0.0.1:${port}`];
};

describe('everstate subscribers', () => {
  test('shows whom the feed is kept for', async () => {
    answer = [
      200,
      {
        items: [
          { name: 'blocking', kind: 'policy', lag: 0 },
          { name: 'greeting', kind: 'gone', lag: 12_345 },
        ],
      },
    ];
    expect(await subscribers(at())).toBe(0);
    expect(out.join('\n').split('\n')).toEqual([
      'subscriber  kind       lag',
      'blocking    policy       0',
      'greeting    gone    12,345',
    ]);
    expect(asked).toEqual(['GET /v1/subscribers']);
  });

  test('removes one who is gone', async () => {
    answer = [200, { status: 'removed' }];
    expect(await subscribers(['remove', 'a/b', ...at()])).toBe(0);
    expect(asked).toEqual(['POST /v1/subscribers/a%2Fb/remove']);
    expect(out.join()).toMatch(/removed/);
  });

  test.each([
    [404, { code: 'not_found' }, /There is no subscriber greeting/],
    [409, { code: 'rejected' }, /The app has greeting/],
    [503, { code: 'unavailable', detail: 'The store is out of reach' }, /out of reach/],
    [200, { strange: true }, /not one that was asked for/],
  ])('says why it could not: %i', async (status, body, expected) => {
    answer = [status, body];
    expect(await subscribers(['remove', 'greeting', ...at()])).toBe(1);
    expect(err.join()).toMatch(expected);
  });

  test.each([[['drop', 'a']], [['remove']], [['remove', 'a', 'b']]])('refuses %j', async (args) => {
    await expect(subscribers([...args, ...at()])).rejects.toThrow(UsageError);
    expect(asked).toEqual([]);
  });
});
