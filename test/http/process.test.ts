import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { policiesReport } from '../../src/http/openapi/policies.ts';
import { rawConnect } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** Resolves with the exit code. */
  readonly exit: Promise<number | null>;
  stdout: string;
  stderr: string;
}

const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everstate-process-'));
  folders.push(folder);
  return folder;
}

/** Runs the server's entry with nothing but these settings. */
function run(settings: Record<string, string>): Started {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PATH, HOME, PORT: '0', DATA_DIR: newFolder(), ...settings },
  });
  children.push(child);
  // By then all is read that it said.
  const exit = once(child, 'close').then(([code]) => z.int().nullable().parse(code));
  const started: Started = { child, exit, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    started.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    started.stderr += String(chunk);
  });
  return started;
}

/** Waits until it serves, and says where. */
async function serving(started: Started): Promise<{ url: string; port: number }> {
  await expect
    .poll(() => (started.child.exitCode === null ? started.stdout : started.stderr))
    .toContain('curl');
  const url = /serves on (\S+)/.exec(started.stdout)?.[1] ?? '';
  return { url, port: Number(new URL(url).port) };
}

const body = '{"accountId":"ann","email":"ann@example.org","username":"ann"}';
const register = (url: string) =>
  fetch(`${url}/v1/commands/RegisterAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

describe('a server that starts', () => {
  it('says where it is, and how to send a first command, which works', async () => {
    const started = run({});
    const { url } = await serving(started);
    expect(started.stdout).toContain(`${url}/docs`);
    expect(started.stdout).toContain(`${url}/openapi.json`);
    expect(started.stdout).toContain(`inspector ${url}/inspector\n`);
    const command = /curl -X POST (\S+) -H '([\w-]+): ([^']+)' -d '([^']+)'/.exec(started.stdout);
    const [, to = '', name = '', value = '', data = ''] = command ?? [];
    const response = await fetch(to, { method: 'POST', headers: { [name]: value }, body: data });
    expect(response.status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('runs the policies, and says where to look at them', async () => {
    const started = run({ STORE: 'memory' });
    const { url } = await serving(started);
    expect(started.stdout).toContain(`${url}/v1/policies`);
    const send = async (type: string, data: Record<string, string>) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(data) };
      expect((await fetch(`${url}/v1/commands/${type}`, init)).status).toBe(200);
    };
    for (const id of ['ann', 'bob']) {
      await send('RegisterAccount', { accountId: id, email: `${id}@example.org`, username: id });
    }
    await send('FollowAccount', { followerId: 'ann', followeeId: 'bob' });
    await send('BlockAccount', { blockerId: 'bob', blockedId: 'ann' });
    const report = async () =>
      policiesReport.parse(await (await fetch(`${url}/v1/policies`)).json());
    await expect.poll(async () => (await report()).idle).toBe(true);
    const relationship = await fetch(`${url}/v1/relationships/ann/bob`);
    expect(await relationship.json()).toMatchObject({ aFollowsB: false, aBlockedByB: true });
  });

  it('says at once which settings are wrong, and no more', async () => {
    const started = run({ PORT: 'abc', LOG_LEVEL: 'loud', JWT_SECRET: '', HOST: '0.0.0.0' });
    expect(await started.exit).toBe(1);
    expect(started.stderr).toMatch(/^Everstate cannot start\. 3 settings are wrong:\n/);
    expect(started.stderr.trimEnd().split('\n')).toHaveLength(4);
    expect(started.stdout).toBe('');
  });

  it('says in one line that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = z.object({ port: z.int() }).parse(other.address());
    const started = run({ PORT: `${port}` });
    expect(await started.exit).toBe(1);
    expect(started.stderr).toMatch(new RegExp(`^Everstate cannot start\\. Port ${port} .*\n$`));
    other.close();
  });

  it('says in one line that its store is in use', async () => {
    const DATA_DIR = newFolder();
    await serving(run({ DATA_DIR }));
    const second = run({ DATA_DIR });
    expect(await second.exit).toBe(1);
    expect(second.stderr).toMatch(/^Everstate cannot start\. [^\n]+\n$/);
    expect(second.stderr).not.toContain('    at ');
  });
});

describe('a server that is told to end', () => {
  it('answers what it took, keeps it, and ends well', async () => {
    const DATA_DIR = newFolder();
    const started = run({ DATA_DIR });
    const { url, port } = await serving(started);
    // A request of which a part is missing, and a connection that idles after an answer.
    const socket = await rawConnect({ port });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    const head = 'POST /v1/commands/RegisterAccount HTTP/1.1\r\nHost: localhost\r\n';
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`);
    const answered = await Promise.all(Array.from({ length: 50 }, () => register(url)));
    started.child.kill('SIGTERM');
    await expect.poll(() => started.stderr).toContain('shutting down');
    socket.write(body);
    // One that does not end in time ends with another.
    expect(await started.exit).toBe(0);
    // It came too late to be taken, and is told so rather than dropped.
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1.*"code":"overloaded"/s);
    expect(answered.filter(({ status }) => status === 200)).toHaveLength(1);
    const again = await serving(run({ DATA_DIR }));
    expect((await register(again.url)).status).toBe(409);
  });

  it('takes no new connection, and cuts endless streams', async () => {
    const started = run({ STORE: 'memory' });
    const { url, port } = await serving(started);
    const stream = await rawConnect({ port });
    stream.write(
      'POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n' +
        'Content-Type: application/x-ndjson\r\n\r\n',
    );
    await once(stream, 'data');
    started.child.kill('SIGINT');
    await once(stream, 'close');
    expect(await started.exit).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('tells those who look that it stops, and does not wait for one that does not hear', async () => {
    const started = run({ STORE: 'memory', INSPECTOR_STATELY: '1' });
    const { url, port } = await serving(started);
    const viewer = new WebSocket(`${url.replace('http', 'ws')}/inspector/stately`);
    const closed = once(viewer, 'close');
    await once(viewer, 'open');
    const deaf = await rawConnect({ port });
    deaf.write(
      'GET /inspector/stately HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n' +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(deaf, 'data');
    const cut = new Promise((resolve) => deaf.once('close', resolve));
    started.child.kill('SIGTERM');
    const [code] = await closed;
    expect(code).toBe(1001);
    await cut;
    expect(await started.exit).toBe(0);
  });

  it('twice ends at once', async () => {
    const started = run({ STORE: 'memory' });
    const { port } = await serving(started);
    const socket = await rawConnect({ port });
    socket.write(
      'POST /v1/commands/FollowAccount HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n',
    );
    started.child.kill('SIGTERM');
    await expect.poll(() => started.stderr).toContain('shutting down');
    started.child.kill('SIGTERM');
    expect(await started.exit).toBe(1);
    expect(started.stderr).toContain('a second signal: ending at once');
  });
});
