/**
 * Everstate as `main.ts` runs it, save that the parent says who subscribes, and when the
 * background work begins: with its message, which is answered once it has.
 * Usage: node server.js SUBSCRIBED [LIMITS], both as JSON, LIMITS those of background work that
 * are not to be as usual; settings come from the environment.
 */
import { pino } from 'pino';
import { readSettings } from '../../../src/config.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Store } from '../../../src/engine/store.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { createHttpApp } from '../../../src/http/app.ts';
import { startServer } from '../../../src/http/server.ts';
import { endOnSignal } from '../../../src/http/shutdown.ts';
import { createStatelyFeed } from '../../../src/inspector/stately/feed.ts';
import { openEmbeddedStore, openRedisStore } from '../../../src/storage/open.ts';
import { appWith } from './subscribed.ts';

const settings = readSettings(process.env);
const { credentials, corsOrigins, host, port, replyTtlMs } = settings;
const logger = pino({ level: settings.logLevel }, pino.destination({ dest: 2, sync: true }));
const store = await openStore();
const engine = createEngine({
  app: appWith(JSON.parse(process.argv[2] ?? '')),
  store,
  runtime: createSystemRuntime(),
  log: logger,
  replyTtlMs,
  backgroundLimits: JSON.parse(process.argv[3] ?? '{}'),
});
const stopping = new AbortController();
const options = { engine, credentials, corsOrigins, log: logger, stopping: stopping.signal };
const app = await createHttpApp(options);
const upgrades = await createStatelyFeed(options);
const server = await startServer({ app, host, port, log: logger, upgrades });
endOnSignal({ engine, server, store, stopping, logger });

process.on('message', () => {
  engine.start().then(
    () => process.send?.('started'),
    (error: unknown) => {
      logger.fatal({ err: error }, 'the background work cannot begin');
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: server.port });

function openStore(): Promise<Store> {
  switch (settings.store.kind) {
    case 'redis':
      return openRedisStore({ url: settings.store.url });
    case 'embedded':
      return openEmbeddedStore({ dir: settings.store.dir });
    case 'memory':
      throw new Error('a store that keeps nothing is not measured');
  }
}
