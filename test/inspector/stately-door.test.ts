import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { fakeEngine } from '../http/fake-engine.ts';
import { rawConnect, rawExchange, startTestServer, type TestServer } from '../http/harness.ts';
import { asking, look, serveStately, upgraded } from './stately-viewer.ts';

/** What answers a request that is refused, and then nothing. */
const refused = (server: TestServer, more: string, path?: string, host = '127.0.0.1') =>
  rawExchange(server, asking(host, more, path));
const bearer = (token: string) => `bearer.${Buffer.from(token).toString('base64url')}`;

async function serveOff(): Promise<TestServer> {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  return server;
}

describe('switched off', () => {
  it('there is no such thing', async () => {
    const server = await serveOff();
    await expect(look(server)).rejects.toThrow(/^404: .*"code":"not_found"/);
  });
});

describe('who may look', () => {
  const TOKEN = 'a token/with=signs';
  const credentials = { tokens: [TOKEN.replaceAll(' ', '_')], jwt: null };
  const [token = ''] = credentials.tokens;

  it('one with a token in the header', async () => {
    const server = await serveStately({ credentials });
    await look(server, { headers: { authorization: `Bearer ${token}` } });
  });

  it('one with a token in a subprotocol, as pages have it, which is not answered', async () => {
    const server = await serveStately({ credentials });
    const viewer = await look(server, { protocols: [bearer(token), 'stately'] });
    expect(viewer.socket.protocol).toBe('stately');
  });

  it('nobody without a token, or with another', async () => {
    const server = await serveStately({ credentials });
    const answer = /^401: .*"code":"unauthenticated"/;
    await expect(look(server)).rejects.toThrow(answer);
    await expect(look(server, { protocols: [bearer('other'), 'stately'] })).rejects.toThrow(answer);
    const headers = { authorization: 'Bearer other' };
    await expect(look(server, { headers, protocols: [bearer(token), 'x'] })).rejects.toThrow(
      answer,
    );
    const raw = await refused(server, '');
    expect(raw).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(raw).toContain('www-authenticate: Bearer\r\n');
    expect(raw).not.toContain('101 Switching');
  });

  it('nobody who waits behind a refusal, either', async () => {
    const server = await serveStately({ credentials });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    socket.write(asking('127.0.0.1'));
    await once(socket, 'data');
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('nobody with a token in the address', async () => {
    const server = await serveStately({ credentials });
    await expect(look(server, { search: `?token=${token}` })).rejects.toThrow(/^401: /);
  });

  it('nobody who offers a token alone: a page would take no answer to that', async () => {
    const server = await serveStately({ credentials });
    await expect(look(server, { protocols: [bearer(token)] })).rejects.toThrow(
      /^400: .*Offer another subprotocol/,
    );
  });

  it('no other host than loopback without credentials', async () => {
    const server = await serveStately();
    const raw = await refused(server, '', undefined, 'evil.example');
    expect(raw).toMatch(/^HTTP\/1\.1 403 /);
    expect(raw).toContain('only loopback hosts');
  });

  it.each(['http://evil.example', 'http://localhost:5173', 'null', 'http://127.0.0.1:1'])(
    'no page of %s',
    async (origin) => {
      const server = await serveStately();
      const raw = await refused(
        server,
        `Origin: ${origin}\r\n`,
        undefined,
        `127.0.0.1:${server.port}`,
      );
      expect(raw).toMatch(/^HTTP\/1\.1 403 /);
      expect(raw).toContain('Pages of other origins');
    },
  );

  it('no page of another origin, with a token too', async () => {
    const server = await serveStately({ credentials });
    const headers = { origin: 'http://evil.example', authorization: `Bearer ${token}` };
    await expect(look(server, { headers })).rejects.toThrow(/^403: /);
  });

  it('a page of its own origin, and of those that are named', async () => {
    const server = await serveStately({ corsOrigins: ['https://tools.example'] });
    await look(server, { headers: { origin: server.url } });
    await look(server, { headers: { origin: 'https://tools.example' } });
  });

  it('no more than there is room for, until one leaves', async () => {
    const server = await serveStately({ stately: { viewersMax: 2 } });
    const [first] = await Promise.all([look(server), look(server)]);
    const raw = await refused(server, '');
    expect(raw).toMatch(/^HTTP\/1\.1 503 /);
    expect(raw).toContain('retry-after: 1\r\n');
    first?.socket.close();
    await first?.closed;
    await expect.poll(() => look(server).then(() => 'in', String)).toBe('in');
  });

  it('none that asks for what there is not, in words', async () => {
    const server = await serveStately();
    for (const search of ['?actor=nothing', '?actor=stranger:x', '?actors=account:ann']) {
      expect(await refused(server, '', `/inspector/stately${search}`)).toMatch(/^HTTP\/1\.1 422 /);
    }
  });

  it.each([
    ['no key', asking('127.0.0.1').replace(/Sec-WebSocket-Key: .*\r\n/, '')],
    ['an old version', asking('127.0.0.1').replace('Version: 13', 'Version: 7')],
    ['a broken list of protocols', asking('127.0.0.1', 'Sec-WebSocket-Protocol: a,,b\r\n')],
  ])('none whose handshake has %s', async (_what, request) => {
    const raw = await rawExchange(await serveStately(), request);
    expect(raw).toMatch(/^HTTP\/1\.1 400 /);
    expect(raw).toContain('"code":"malformed_request"');
  });
});

describe('a viewer', () => {
  it('stays though another’s handshake is broken while both are waited for', async () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let follows = 0;
    const next = () => new Promise<null>(() => {});
    const follow = async () => {
      follows++;
      await opened;
      return { bookmark: '', next, close() {} };
    };
    const server = await serveStately({
      engine: fakeEngine({ follow }),
      stately: { beatMs: 50 },
    });
    const keyless = rawExchange(
      server,
      asking('127.0.0.1').replace(/Sec-WebSocket-Key: .*\r\n/, ''),
    );
    await expect.poll(() => follows).toBe(1);
    const viewer = look(server);
    await expect.poll(() => server.connections()).toBe(2);
    // What came before this was read.
    await fetch(`${server.url}/livez`);
    open();
    expect(await keyless).toMatch(/^HTTP\/1\.1 400 /);
    const { socket, closed } = await viewer;
    const asked = once(socket, 'ping').then(() => 'asked whether it is there');
    expect(await Promise.race([asked, closed])).toBe('asked whether it is there');
  });

  it('that says something is sent away', async () => {
    const viewer = await look(await serveStately());
    viewer.socket.send('hello');
    expect(await viewer.closed).toMatch(/^1008 /);
  });

  it('that says more than is read is sent away', async () => {
    const viewer = await look(await serveStately({ stately: { incomingBytesMax: 10 } }));
    viewer.socket.send('x'.repeat(11));
    expect(await viewer.closed).toMatch(/^1009 /);
  });

  it('that breaks the protocol is sent away, and the server goes on', async () => {
    const server = await serveStately();
    const socket = await upgraded(server);
    socket.write(Buffer.from([0xff, 0xff, 0xff]));
    await once(socket, 'close');
    await look(server);
  });

  it('that is gone without a word is noticed', async () => {
    const server = await serveStately({ stately: { beatMs: 50 } });
    const viewer = await look(server, { autoPong: false });
    await viewer.closed;
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('that answers stays', async () => {
    // Time enough to answer between two beats, on a machine that is busy too.
    const server = await serveStately({ stately: { beatMs: 700 } });
    const viewer = await look(server);
    for (let beats = 0; beats < 3; beats++) await once(viewer.socket, 'ping');
    expect(viewer.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('that ends its side alone is let go', async () => {
    const server = await serveStately();
    const socket = await upgraded(server);
    socket.end();
    await once(socket, 'close');
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('that is reset while it is asked for its token does no harm', async () => {
    const server = await serveStately({
      credentials: { tokens: [], jwt: { kind: 'secret', secret: 'a secret' } },
    });
    for (let n = 0; n < 20; n++) {
      const socket = await rawConnect(server);
      socket.write(asking('127.0.0.1', 'Authorization: Bearer a.b.c\r\n'));
      socket.resetAndDestroy();
    }
    await expect.poll(() => server.connections()).toBe(0);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });
});

describe('a server that stops', () => {
  it('says so to its viewers, and takes no more', async () => {
    const server = await serveStately();
    const viewer = await look(server);
    server.stop();
    expect(await viewer.closed).toMatch(/^1001 /);
    await expect(look(server)).rejects.toThrow(/^503: /);
  });

  it('does not wait for one that does not answer', async () => {
    const server = await serveStately({ stately: { closeMsMax: 50 } });
    const socket = await upgraded(server);
    server.stop();
    await once(socket, 'close');
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('cuts off who is left when it is to end at once', async () => {
    const server = await startTestServer({ stately: {} });
    const viewer = await look(server);
    await server.close();
    expect(await viewer.closed).toMatch(/^1006/);
  });
});

const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
const WS = 'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n';
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
const command = (id: string, more: string) => {
  const body = JSON.stringify({ accountId: id, email: `${id}@example.org`, username: id });
  const length = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const path = '/v1/commands/RegisterAccount';
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${length}${more}\r\n${body}`;
};
const chunked = (id: string, more: string) => {
  const body = JSON.stringify({ accountId: id, email: `${id}@example.org`, username: id });
  const path = '/v1/commands/RegisterAccount';
  const type = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n';
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${more}\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
};
const LAST = get('/livez', 'Connection: close\r\n');

/** Sends parts one after another, each once there are so many answers; their status lines. */
async function converse(server: TestServer, parts: readonly string[]): Promise<string[]> {
  const socket = await rawConnect(server);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  const lines = () => received.match(/HTTP\/1\.1 \d{3}/g) ?? [];
  const closed = once(socket, 'close');
  for (const [index, part] of parts.entries()) {
    await expect.poll(() => lines().length).toBeGreaterThanOrEqual(index);
    socket.write(part);
  }
  await closed;
  return lines();
}

describe('what asks for another upgrade', () => {
  const cases: Record<string, { parts: (id: string) => string[]; answers: number[] }> = {
    'HTTP/2 in place of this': { parts: () => [get('/livez', H2C), LAST], answers: [200, 200] },
    'a WebSocket elsewhere': { parts: () => [get('/nowhere', WS), LAST], answers: [404, 200] },
    'HTTP/2, with a command': { parts: (id) => [command(id, H2C), LAST], answers: [200, 200] },
    'HTTP/2, with a command in chunks': {
      parts: (id) => [chunked(id, H2C), LAST],
      answers: [200, 200],
    },
    'HTTP/2 at each request of a connection': {
      parts: (id) => [get('/livez', H2C), command(id, H2C), get('/livez', H2C), LAST],
      answers: [200, 200, 200, 200],
    },
    'HTTP/2 before what comes before is answered': {
      parts: (id) => [command(id, '') + get('/livez', H2C), '', LAST],
      answers: [200, 200, 200],
    },
  };

  it.each(Object.entries(cases))('%s is answered as ever', async (_what, { parts, answers }) => {
    const expected = answers.map((status) => `HTTP/1.1 ${status}`);
    for (const server of [await serveOff(), await serveStately()]) {
      expect(await converse(server, parts('ann'))).toEqual(expected);
      await expect.poll(() => server.connections()).toBe(0);
    }
  });

  it('and breaks off in its body is told so', async () => {
    const broken = chunked('ann', H2C).replace(/\r\n\r\n[\da-f]+\r\n/, '\r\n\r\nzz\r\n');
    expect(await rawExchange(await serveStately(), broken)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that asks for this one behind another request gets it after that one’s answer', async () => {
    const server = await serveStately();
    const socket = await rawConnect(server);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.write(command('ann', '') + asking('localhost'));
    await expect.poll(() => received).toContain('101 Switching');
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 101']);
    socket.destroy();
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('behind a long answer, comes after all of it', async () => {
    const lines = Array.from({ length: 3_000 }, (_, n) =>
      JSON.stringify({ type: 'FollowAccount', data: { followerId: `a${n}`, followeeId: 'ann' } }),
    ).join('\n');
    const stream =
      'POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n' +
      `Content-Length: ${lines.length}\r\n\r\n${lines}`;
    const server = await serveStately();
    const received = await rawExchange(server, stream + get('/livez', H2C) + LAST);
    expect(received.match(/"status":"rejected"/g)).toHaveLength(3_000);
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it('behind an answer that nobody reads, does not keep the server from its end', async () => {
    const server = await startTestServer({ stately: {} });
    const socket = await rawConnect(server);
    socket.pause();
    socket.write(get('/v1/events') + asking('localhost'));
    await expect.poll(() => server.connections()).toBe(1);
    await look(server);
    await server.close();
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('and is reset meanwhile does no harm', async () => {
    const server = await serveStately();
    for (let n = 0; n < 20; n++) {
      const socket = await rawConnect(server);
      socket.write(command(`name${n}`, '') + get('/livez', H2C) + get('/livez'));
      await wait(n % 5);
      socket.resetAndDestroy();
    }
    await expect.poll(() => server.connections()).toBe(0);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });
});
