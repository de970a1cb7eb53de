/** A server of one's own app: `server.ts DIR`. Counts once over HTTP, says what came out, and ends. */
import {
  createEngine,
  createHttpApp,
  createSystemRuntime,
  openEmbeddedStore,
  startServer,
} from 'everstate';
import { app } from './counter.ts';

const [, , dir = './data'] = process.argv;
const log = console;
const stopping = new AbortController();
const store = await openEmbeddedStore({ dir });
const engine = createEngine({ app, store, runtime: createSystemRuntime(), log });
const http = await createHttpApp({
  engine,
  credentials: { tokens: ['a-token'], jwt: null },
  corsOrigins: [],
  log,
  stopping: stopping.signal,
});
const server = await startServer({ app: http, host: '127.0.0.1', port: 0, log });

const response = await fetch(`${server.url}/v1/commands/Count`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer a-token' },
  body: JSON.stringify({ counterId: 'visits', by: 2 }),
});
const trail = await engine.trail({ type: 'counter', id: 'visits' }, { limit: 10, before: null });
console.log(
  response.status,
  JSON.stringify(trail?.items.map(({ type, data }) => ({ type, data }))),
);

stopping.abort();
const closed = server.close();
await engine.drain();
await closed;
await store.close();
