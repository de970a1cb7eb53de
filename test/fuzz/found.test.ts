import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  problemSchema,
  rawConnect,
  rawExchange,
  register,
  startTestServer,
  type TestServer,
} from '../http/harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ann', 'bea', 'cleo', 'dora']) await register(server, id);
});
afterAll(() => server.close());

const follow = (followeeId: string, headers = '') => {
  const body = JSON.stringify({ followerId: 'ann', followeeId });
  return (
    `POST /v1/commands/FollowAccount HTTP/1.1\r\nHost: localhost\r\n${headers}` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
};

const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);

describe('what random requests once found', () => {
  test('a header counts however many stand before it', async () => {
    const many = 'a:\r\n'.repeat(2_500);
    const request = follow('bea', `Connection: close\r\n${many}If-Match: "77"\r\n`);
    expect(await rawExchange(server, request)).toMatch(/^HTTP\/1\.1 412 /);
  });

  test('a broken request never has the answer of a whole one before it', async () => {
    const received = await rawExchange(server, `${follow('cleo')}\0 no request\r\n\r\n`);
    const answers = received.split(/(?=HTTP\/1\.1 )/);
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['200', '400']);
    const problem = JSON.parse(bodyOf(answers.at(-1) ?? ''));
    expect(problemSchema.parse(problem)).toMatchObject({ status: 400, code: 'malformed_request' });
  });

  test('a stream of lines that turns to nonsense is cut, and nothing else is put into its answer', async () => {
    const socket = await rawConnect(server);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    const line = '{"type":"None","data":{}}\n';
    socket.write(
      'POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n' +
        `Transfer-Encoding: chunked\r\n\r\n${line.length.toString(16)}\r\n${line}\r\n`,
    );
    await expect.poll(() => received).toContain('not_found');
    socket.write('nonsense');
    await once(socket, 'close');
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('an expectation that is not met is a problem like others', async () => {
    const request = follow('dora', 'Connection: close\r\nExpect: a-miracle\r\n');
    const received = await rawExchange(server, request);
    expect(received).toMatch(/^HTTP\/1\.1 417 /);
    expect(received).toContain('application/problem+json');
  });

  test('a token whose subject is no text is not valid', async () => {
    const secret = 'a secret of thirty-two characters';
    const closed = await startTestServer({
      credentials: { tokens: [], jwt: { kind: 'secret', secret } },
    });
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const statusOf = async (sub: unknown) => {
      const signed = `${part({ alg: 'HS256' })}.${part({ sub })}`;
      const digest = createHmac('sha256', secret).update(signed).digest('base64url');
      const headers = { authorization: `Bearer ${signed}.${digest}` };
      return (await fetch(`${closed.url}/v1/policies`, { headers })).status;
    };
    expect(await statusOf('ann')).toBe(200);
    for (const sub of [{ a: 1 }, ['ann'], 1, true]) expect(await statusOf(sub)).toBe(401);
    await closed.close();
  });
});
