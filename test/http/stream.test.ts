import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Outcome } from '../../src/engine/outcome.ts';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { LineSplitter } from '../../src/http/batch/lines.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { accepted, failed, fakeEngine } from './fake-engine.ts';
import { register, startTestServer, type TestServer } from './harness.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Partial<HttpAppOptions> = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  servers.push(server);
  return server;
}

const resultSchema = z.looseObject({ status: z.string(), commandId: z.string() });

/** A line that follows; the number makes each a different command. */
const line = (follower: string, followee: string): string =>
  JSON.stringify({
    type: 'FollowAccount',
    data: { followerId: follower, followeeId: followee },
  });

/** Sends the whole text and reads the whole answer. */
async function run(server: TestServer, body: string | Buffer) {
  const response = await fetch(`${server.url}/v1/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const text = await response.text();
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((l) => resultSchema.parse(JSON.parse(l)));
}

/** A request whose lines are sent one by one. */
function open(server: TestServer): ClientRequest {
  const opened = request(`${server.url}/v1/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  opened.on('error', () => {});
  return opened;
}

async function answerOf(opened: ClientRequest): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(opened, 'response');
  if (!response) throw new Error('no response');
  response.on('error', () => {});
  return response;
}

/** The command's followee, by which tests tell commands apart. */
function followeeOf(parsed: unknown): string {
  return z.object({ followeeId: z.string() }).parse(parsed).followeeId;
}

describe('a stream of commands', () => {
  it('is answered line by line, in order, whatever the lines are', async () => {
    const server = await start();
    for (const id of ['ann', 'bob']) await register(server, id);
    const results = await run(
      server,
      [
        line('ann', 'bob'),
        '',
        'no JSON',
        `${line('bob', 'bob')}\r`,
        ' \t ',
        `{"type":"FollowAccount","data":{"followerId":"${'x'.repeat(70_000)}"}}`,
        `${'['.repeat(33)}${']'.repeat(33)}`,
        '{"type":"NoSuchCommand","data":{}}',
        line('ann', 'bob'),
      ].join('\n'),
    );
    expect(results).toMatchObject([
      { status: 'accepted', actor: { id: 'ann' } },
      { status: 'failed', httpStatus: 400, code: 'malformed_request' },
      { status: 'rejected', httpStatus: 409, detail: 'Cannot follow yourself' },
      { status: 'failed', httpStatus: 413, code: 'too_large' },
      { status: 'failed', httpStatus: 400, code: 'malformed_request' },
      { status: 'failed', httpStatus: 404, code: 'not_found' },
      { status: 'accepted', events: [] },
    ]);
  });

  it('may be empty', async () => {
    expect(await run(await start(), '')).toEqual([]);
    expect(await run(await start(), '\n\n')).toEqual([]);
  });

  it('is answered while it is still being sent', async () => {
    const server = await start();
    for (const id of ['ann', 'bob']) await register(server, id);
    const opened = open(server);
    opened.write(`${line('ann', 'bob')}\n`);
    const response = await answerOf(opened);
    const [first] = await once(response, 'data');
    expect(JSON.parse(String(first))).toMatchObject({ status: 'accepted' });
    opened.end();
    response.resume();
    await once(response, 'end');
  });

  it('keeps the order of its answers when commands overtake each other', async () => {
    const held: (() => void)[] = [];
    const server = await start({
      engine: fakeEngine({
        submit: ({ parsed }) =>
          new Promise((resolve) => {
            const settle = () => resolve(accepted({ commandId: followeeOf(parsed) }));
            // The first waits until all others have been answered.
            if (followeeOf(parsed) === '0') held.push(settle);
            else settle();
            if (followeeOf(parsed) === '99') for (const release of held) setTimeout(release, 5);
          }),
      }),
    });
    const results = await run(
      server,
      Array.from({ length: 100 }, (_, n) => line('ann', `${n}`)).join('\n'),
    );
    expect(results.map(({ commandId }) => commandId)).toEqual(
      Array.from({ length: 100 }, (_, n) => `${n}`),
    );
  });

  it('waits where there is no room, and keeps the order of each actor', async () => {
    const room = 10;
    const waiting = new Map<string, number>();
    const done: string[] = [];
    const server = await start({
      engine: fakeEngine({
        submit({ parsed }, _delivery): Promise<Outcome> {
          const { followerId, followeeId } = z
            .object({ followerId: z.string(), followeeId: z.string() })
            .parse(parsed);
          const queued = waiting.get(followerId) ?? 0;
          if (queued >= room) {
            return Promise.resolve(failed({ code: 'overloaded', limit: 'mailbox' }));
          }
          waiting.set(followerId, queued + 1);
          done.push(`${followerId}/${followeeId}`);
          return new Promise((resolve) =>
            setImmediate(() => {
              waiting.set(followerId, (waiting.get(followerId) ?? 0) - 1);
              resolve(accepted({ commandId: followeeId }));
            }),
          );
        },
      }),
    });
    const lines = Array.from({ length: 400 }, (_, n) => line(n % 3 === 0 ? 'ann' : 'bob', `${n}`));
    const results = await run(server, lines.join('\n'));
    expect(results).toHaveLength(400);
    expect(results.every(({ status }) => status === 'accepted')).toBe(true);
    for (const actor of ['ann', 'bob']) {
      const order = done.filter((key) => key.startsWith(actor)).map((key) => Number(key.slice(4)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  it('tries again what found no room long after it was sent', async () => {
    let calls = 0;
    const server = await start({
      engine: fakeEngine({
        submit: () =>
          new Promise((resolve) => {
            const late = ++calls <= 3;
            const outcome = late ? failed({ code: 'overloaded', limit: 'mailbox' }) : accepted();
            setTimeout(() => resolve(outcome), late ? calls * 10 : 0);
          }),
      }),
    });
    const results = await run(server, `${line('ann', 'bob')}\n`.repeat(2));
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
  });

  it('holds a bounded number of commands, however many are sent and not read', async () => {
    let submitted = 0;
    const server = await start({
      engine: fakeEngine({
        submit: async () => {
          submitted++;
          return accepted({ commandId: 'x'.repeat(1_000) });
        },
      }),
    });
    const opened = open(server);
    const response = await new Promise<IncomingMessage>((resolve) => {
      opened.on('response', resolve);
      opened.flushHeaders();
      opened.write('\n');
    });
    // The client sends and does not read: at some point the server takes no more.
    const block = `${line('ann', 'bob')}\n`.repeat(1_000);
    let blocks = 0;
    while (opened.write(block) || (await drained(opened))) blocks++;
    const taken = submitted;
    expect(blocks).toBeLessThan(5_000);
    response.resume();
    opened.end();
    await once(response, 'end');
    expect(submitted).toBe((blocks + 1) * 1_000);
    expect(submitted).toBeGreaterThan(taken);
  });

  it('has no more than its window on its way', async () => {
    let inFlight = 0;
    let most = 0;
    const server = await start({
      engine: fakeEngine({
        submit: () => {
          most = Math.max(most, ++inFlight);
          return new Promise((resolve) =>
            setImmediate(() => {
              inFlight--;
              resolve(accepted());
            }),
          );
        },
      }),
    });
    expect(await run(server, `${line('ann', 'bob')}\n`.repeat(20_000))).toHaveLength(20_000);
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(HTTP_LIMITS.streamWindowCommandsMax);
  });

  it('is submitted no further when its client is gone', async () => {
    let submitted = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await start({
      engine: fakeEngine({
        submit: async () => {
          submitted++;
          await held;
          return accepted();
        },
      }),
    });
    const opened = open(server);
    opened.write(`${line('ann', 'bob')}\n`.repeat(200_000));
    const response = await answerOf(opened);
    await vi.waitFor(() => expect(submitted).toBe(HTTP_LIMITS.streamWindowCommandsMax));
    opened.destroy();
    await closed(response);
    release();
    await vi.waitFor(async () => expect(await server.connections()).toBe(0));
    const taken = submitted;
    expect(taken).toBeLessThan(100_000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(submitted).toBe(taken);
  });

  it('is cut off by a server that stops, after the answers to what was taken', async () => {
    const server = await start();
    for (const id of ['ann', 'bob']) await register(server, id);
    const opened = open(server);
    opened.write(`${line('ann', 'bob')}\n`);
    const response = await answerOf(opened);
    const received: string[] = [];
    response.on('data', (chunk) => received.push(String(chunk)));
    await vi.waitFor(() => expect(received.join('')).toContain('\n'));
    server.stop();
    await closed(response);
    expect(response.complete).toBe(false);
    expect(received.join('').trimEnd().split('\n')).toHaveLength(1);
  });

  it('fails a line that was unforeseen alone', async () => {
    const server = await start({
      engine: fakeEngine({
        submit: ({ parsed }) =>
          followeeOf(parsed) === 'bad'
            ? Promise.reject(new Error('secret internals'))
            : Promise.resolve(accepted()),
      }),
    });
    const results = await run(server, [line('a', 'bad'), line('a', 'good')].join('\n'));
    expect(results).toMatchObject([{ code: 'system_error' }, { status: 'accepted' }]);
    expect(server.logged.join()).toContain('secret internals');
  });
});

/** Resolves when the answer's connection is gone, in whatever way. */
function closed(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => response.on('close', resolve));
}

/** Whether the request could be written further within a moment. */
async function drained(opened: ClientRequest): Promise<boolean> {
  return Promise.race([
    once(opened, 'drain').then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500)),
  ]);
}

describe('the cutting of lines', () => {
  it('does not depend on where chunks end', () => {
    const text = 'one\n\ntwo\r\n  \nthree and more\nlast';
    const expected = ['one', 'two\r', 'three and more', 'last'];
    for (let size = 1; size <= text.length; size++) {
      const splitter = new LineSplitter(100);
      const lines: string[] = [];
      for (let start = 0; start < text.length; start += size) {
        const chunk = Buffer.from(text.slice(start, start + size));
        lines.push(...splitter.push(chunk).map(String));
      }
      lines.push(...splitter.end().map(String));
      expect(lines).toEqual(expected);
    }
  });

  it('keeps nothing of a line that is too long', () => {
    const splitter = new LineSplitter(5);
    expect(splitter.push(Buffer.from('12345\n1234'))).toEqual([Buffer.from('12345')]);
    expect(splitter.push(Buffer.from('56'))).toEqual([]);
    expect(splitter.push(Buffer.from('7\nab\n'))).toEqual(['too long', Buffer.from('ab')]);
    expect(splitter.push(Buffer.from('123456'))).toEqual([]);
    expect(splitter.end()).toEqual(['too long']);
  });
});
