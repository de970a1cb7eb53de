import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pino from 'pino';
import { z } from 'zod';
import { app as domain } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Log } from '../../src/engine/runtime.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { createHttpApp, type HttpAppOptions } from '../../src/http/app.ts';
import type { ServerLog } from '../../src/http/context.ts';
import { startServer } from '../../src/http/server.ts';
import { createStatelyFeed } from '../../src/inspector/stately/feed.ts';
import { STATELY_LIMITS, type StatelyLimits } from '../../src/inspector/stately/limits.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';

/** A server of the real domain on a free port. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly engine: Engine;
  /** What was logged, line by line. */
  readonly logged: string[];
  /** How many connections are open. */
  connections(): Promise<number>;
  /** Begins to stop, as a signal does. */
  stop(): void;
  close(): Promise<void>;
}

/** What a test server is started with. */
export interface TestServerOptions extends Partial<HttpAppOptions> {
  readonly port?: number;
  /** Stately's inspector may look, within these limits; not at all without. */
  readonly stately?: Partial<StatelyLimits>;
}

/** Starts one, by default on the real engine and the memory store, open to loopback. */
export async function startTestServer({
  port = 0,
  stately,
  ...options
}: TestServerOptions = {}): Promise<TestServer> {
  const logged: string[] = [];
  const log = options.log ?? memoryLog(logged);
  const engine = options.engine ?? createTestEngine(log);
  const stopping = new AbortController();
  const all = {
    credentials: { tokens: [], jwt: null },
    corsOrigins: [],
    stopping: stopping.signal,
    ...options,
    engine,
    log,
  };
  const app = await createHttpApp(all);
  const upgrades = stately && (await createStatelyFeed(all, { ...STATELY_LIMITS, ...stately }));
  const server = await startServer({ app, host: '127.0.0.1', port, log, upgrades });
  return {
    url: server.url,
    port: server.port,
    engine,
    logged,
    connections: () => server.connections(),
    stop: () => stopping.abort(),
    async close() {
      const closed = server.close();
      server.destroy();
      await closed;
    },
  };
}

/** The real engine with the real domain, on a memory store of its own. */
function createTestEngine(log: Log = pino({ level: 'silent' })): Engine {
  return createEngine({
    app: domain,
    store: createMemoryStore(),
    runtime: createSystemRuntime(),
    log,
    strict: true,
  });
}

function memoryLog(lines: string[]): ServerLog {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
}

/** Sends one command; `body` as text is sent as it is. */
export function post(
  server: TestServer,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Registers an account under this id. */
export async function register(server: TestServer, id: string): Promise<void> {
  const body = { accountId: id, email: `${id}@example.org`, username: id };
  const response = await post(server, '/v1/commands/RegisterAccount', body);
  if (response.status !== 200) throw new Error(await response.text());
}

/** Reads a JSON object. */
export async function readObject(response: Response): Promise<Record<string, unknown>> {
  return z.looseObject({}).parse(await response.json());
}

export const problemSchema = z.strictObject({
  type: z.string().regex(/^urn:everstate:problem:[a-z_]+$/),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  code: z.string(),
  commandId: z.string().min(1),
  traceId: z.string().regex(/^[\da-f]{32}$/),
  errors: z.array(z.strictObject({ field: z.string(), message: z.string().min(1) })).optional(),
  actor: z.strictObject({ type: z.string(), id: z.string(), version: z.int() }).optional(),
  position: z.string().optional(),
  events: z.array(z.looseObject({ type: z.string() })).optional(),
});

/** Reads a problem, and checks that it is one. */
export async function readProblem(response: Response): Promise<z.infer<typeof problemSchema>> {
  const text = await response.text();
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') throw new Error(`${response.status} ${type}: ${text}`);
  const problem = problemSchema.parse(JSON.parse(text));
  if (problem.status !== response.status) throw new Error(`status differs: ${text}`);
  return problem;
}

/** Sends bytes and gives back all that comes until the server closes. */
export async function rawExchange(server: TestServer, request: string | Buffer): Promise<string> {
  const socket = await rawConnect(server);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  socket.write(request);
  await once(socket, 'close');
  return received;
}

export async function rawConnect(server: { readonly port: number }): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}
