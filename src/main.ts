/** Runs a server: settings from the environment, until a signal ends it. */
import { pino } from 'pino';
import { readSettings, type Settings, SettingsError } from './config.ts';
import { type App, DefinitionError } from './define/index.ts';
import { createEngine } from './engine/create-engine.ts';
import type { Engine } from './engine/engine.ts';
import { StoreRefused, StoreUnavailable } from './engine/store.ts';
import { createSystemRuntime } from './engine/system-runtime.ts';
import { createHttpApp, type HttpAppOptions } from './http/app.ts';
import { greeting } from './http/greeting.ts';
import { type HttpServer, startServer } from './http/server.ts';
import { endOnSignal } from './http/shutdown.ts';
import type { Upgrades } from './http/upgrade.ts';
import { openStore } from './open-store.ts';

await main();

async function main(): Promise<void> {
  try {
    await run(readSettings(process.env));
  } catch (error) {
    process.stderr.write(`Everstate cannot start. ${reasonOf(error)}\n`);
    process.exit(1);
  }
}

async function run(settings: Settings): Promise<void> {
  // Logs go to stderr: stdout tells people how to begin.
  const logger = pino({ level: settings.logLevel }, pino.destination({ dest: 2, sync: true }));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an unexpected error ends the process');
    process.exit(1);
  });
  const app = await loadApp();
  const store = await openStore(settings, (message) => logger.warn(message));
  const { replyTtlMs, retention, credentials, corsOrigins, unmask, stately, host, port } = settings;
  const runtime = createSystemRuntime();
  const engine = createEngine({
    app,
    store,
    runtime,
    log: logger,
    replyTtlMs,
    ...(retention && { retention }),
  });
  const stopping = new AbortController();
  let server: HttpServer;
  try {
    await startBackground(engine);
    const options = {
      ...{ engine, credentials, corsOrigins, unmask },
      log: logger,
      stopping: stopping.signal,
    };
    const http = await createHttpApp(options);
    const upgrades = stately ? await openStately(options) : undefined;
    server = await startServer({ app: http, host, port, log: logger, upgrades });
  } catch (error) {
    // Other nodes need not wait for what this one had taken up.
    await engine.drain();
    await store.close();
    throw error;
  }
  process.stdout.write(greeting(app, settings, server));
  endOnSignal({ engine, server, store, stopping, logger });
}

/** Loads the machines within the start's own error handling: a mistake in them is told in words. */
async function loadApp(): Promise<App> {
  return (await import('../machines/index.ts')).app;
}

/** Loaded where it is wanted: a server that is not to be looked into starts without it. */
async function openStately(options: HttpAppOptions): Promise<Upgrades> {
  return (await import('./inspector/stately/feed.ts')).createStatelyFeed(options);
}

/** Before anything is served: no policy and no projection may miss a command that was answered. */
async function startBackground(engine: Engine): Promise<void> {
  try {
    await engine.start();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const message = `The policies could not be started: ${error.message}`;
    throw new StoreUnavailable(message, error.applied, { cause: error });
  }
}

/** One clear text for what an operator can mend, and a stack only for what nobody foresaw. */
function reasonOf(error: unknown): string {
  if (
    error instanceof SettingsError ||
    error instanceof DefinitionError ||
    error instanceof StoreRefused ||
    error instanceof StoreUnavailable
  ) {
    return error.message;
  }
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & {
    readonly address?: string;
    readonly port?: number;
  };
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${address} is in use: end what uses it, or set PORT to another.`;
    case 'EACCES':
      return `Port ${port} of ${address} may not be used by this user: set PORT above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${address ?? 'of that name'}: set HOST to one it has.`;
    default:
      return error.stack ?? error.message;
  }
}
