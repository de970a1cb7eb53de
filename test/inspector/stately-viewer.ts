import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import {
  rawConnect,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../http/harness.ts';

const common = {
  sessionId: z.string().min(1),
  rootId: z.string(),
  id: z.string(),
  createdAt: z.string().regex(/^\d{13}$/),
  _version: z.string(),
};
const snapshot = z.looseObject({ status: z.string(), value: z.unknown(), context: z.unknown() });
const message = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('@xstate.actor'),
    ...common,
    name: z.string(),
    definition: z.string(),
    snapshot: snapshot.partial(),
  }),
  z.strictObject({
    type: z.literal('@xstate.event'),
    ...common,
    sourceId: z.string().optional(),
    event: z.looseObject({ type: z.string() }),
  }),
  z.strictObject({
    type: z.literal('@xstate.snapshot'),
    ...common,
    event: z.looseObject({ type: z.string() }),
    snapshot,
  }),
]);

export type Message = z.infer<typeof message>;
export type Kind = Message['type'];

/** One who looks, and keeps what it is told. */
export class StatelyViewer {
  readonly told: Message[] = [];
  readonly socket: WebSocket;
  /** The number and the reason of its close. */
  readonly closed: Promise<string>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (text) => this.told.push(message.parse(JSON.parse(String(text)))));
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve(`${code} ${reason}`));
    });
  }

  /** Those of a kind, of one session or of all. */
  of<K extends Kind>(kind: K, session?: string): Extract<Message, { type: K }>[] {
    return this.told.filter(
      (each): each is Extract<Message, { type: K }> =>
        each.type === kind && (session === undefined || each.sessionId === session),
    );
  }

  /** Commands that it was told of, and that it was told it was not. */
  get counted(): number {
    const events = this.of('@xstate.event');
    const told = events.filter(({ sessionId }) => sessionId !== 'everstate');
    return events.reduce((sum, { event }) => sum + Number(event.commands ?? 0), told.length);
  }
}

export interface Looking {
  readonly search?: string;
  readonly headers?: Record<string, string>;
  readonly protocols?: readonly string[];
  readonly autoPong?: boolean;
}

/** Begins to look. @throws Error with the answer where it may not */
export function look(server: TestServer, looking: Looking = {}): Promise<StatelyViewer> {
  const { search = '', headers = {}, protocols = [], autoPong = true } = looking;
  const url = `${server.url.replace('http', 'ws')}/inspector/stately${search}`;
  const socket = new WebSocket(url, [...protocols], { headers, autoPong });
  const viewer = new StatelyViewer(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(viewer));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.once('end', () => reject(new Error(`${answer.statusCode}: ${text}`)));
    });
  });
}

/** Waits until it was told how an actor is. */
export async function untilTold(viewer: StatelyViewer, session: string): Promise<void> {
  await expect.poll(() => viewer.of('@xstate.snapshot', session)).not.toEqual([]);
}

/** Starts a server that Stately's inspector may look at, until the test has ended. */
export async function serveStately(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer({ stately: {}, ...options });
  onTestFinished(async () => {
    await server.engine.drain();
    await server.close();
  });
  return server;
}

const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
/** A viewer's request, byte by byte. */
export const asking = (host: string, more = '', path = '/inspector/stately') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${HANDSHAKE}${more}\r\n`;

/** A viewer's bare connection, after its handshake. */
export async function upgraded(server: TestServer): Promise<Socket> {
  const socket = await rawConnect(server);
  socket.write(asking('127.0.0.1'));
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}
