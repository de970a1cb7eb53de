import type { Logger } from 'pino';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../engine/store.ts';
import { HTTP_LIMITS } from './limits.ts';
import type { HttpServer } from './server.ts';

interface Running {
  readonly engine: Engine;
  readonly server: HttpServer;
  readonly store: Store;
  readonly stopping: AbortController;
  readonly logger: Logger;
}

/** Ends the process on SIGTERM or SIGINT: gently on the first, at once on a second. */
export function endOnSignal(running: Running): void {
  const { logger, stopping } = running;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) {
      logger.warn({ signal }, 'a second signal: ending at once');
      process.exit(1);
    }
    logger.info({ signal }, 'shutting down');
    setTimeout(() => {
      logger.error('the shutdown took too long');
      process.exit(1);
    }, HTTP_LIMITS.shutdownMsMax).unref();
    stop(running).then(
      () => {
        logger.info('shut down');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Takes nothing more, hands the policies over, answers what was taken, then closes the store. */
async function stop({ engine, server, store, stopping }: Running): Promise<void> {
  stopping.abort();
  // In this order: a request that comes now on an open connection is told so by the engine.
  const closed = server.close();
  await engine.drain();
  // A client that neither sends its request nor reads its answer is not waited for to the last.
  const impatience = setTimeout(() => server.destroy(), HTTP_LIMITS.gentleCloseMsMax);
  await closed;
  clearTimeout(impatience);
  await store.close();
}
