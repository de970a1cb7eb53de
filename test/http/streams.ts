import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, expect } from 'vitest';
import { z } from 'zod';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { startTestServer, type TestServer } from './harness.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

export async function start(options: Partial<HttpAppOptions> = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  servers.push(server);
  return server;
}

const resultSchema = z.looseObject({ status: z.string(), commandId: z.string() });

/** A line that has one account follow another. */
export const line = (follower: string, followee: string): string =>
  JSON.stringify({
    type: 'FollowAccount',
    data: { followerId: follower, followeeId: followee },
  });

/** Sends the whole text and reads the whole answer. */
export async function run(server: TestServer, body: string | Buffer) {
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
export function open(server: TestServer): ClientRequest {
  const opened = request(`${server.url}/v1/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  opened.on('error', () => {});
  return opened;
}

export async function answerOf(opened: ClientRequest): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(opened, 'response');
  if (!response) throw new Error('no response');
  response.on('error', () => {});
  return response;
}

/** The command's followee, by which tests tell commands apart. */
export function followeeOf(parsed: unknown): string {
  return z.object({ followeeId: z.string() }).parse(parsed).followeeId;
}

/** Resolves when the answer's connection is gone, in whatever way. */
export function closed(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => response.on('close', resolve));
}

/** Resolves when a number has not changed for half a second. */
export async function settled(number: () => number): Promise<void> {
  for (let last = -1; last !== number(); ) {
    last = number();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
