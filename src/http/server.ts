import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import type { Log } from '../engine/runtime.ts';
import type { HttpApp } from './app.ts';
import {
  type Exchange,
  refuseBrokenRequest,
  refuseExpectation,
  requestErrorResponse,
} from './broken-request.ts';
import { HTTP_LIMITS } from './limits.ts';
import { QueuedAnswers } from './queued-answers.ts';
import { takeUpgrades, type Upgrades } from './upgrade.ts';

/** A server that listens. */
export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /**
   * Takes no new connection and asks those that are open to end with their next answer.
   * Resolves when all have ended.
   */
  close(): Promise<void>;
  /** Ends what is still open. */
  destroy(): void;
  /** How many connections are open. */
  connections(): Promise<number>;
}

/**
 * Listens.
 * @param port 0 for any that is free
 * @param upgrades takes connections over; without it, requests for that are answered like all others
 * @throws the system's error when it cannot, such as `EADDRINUSE`
 */
export async function startServer(options: {
  app: HttpApp;
  host: string;
  port: number;
  log: Log;
  upgrades?: Upgrades | undefined;
}): Promise<HttpServer> {
  const { app, host, log, upgrades } = options;
  const answer = getRequestListener(app.fetch, {
    errorHandler: (error) => requestErrorResponse(error, log),
  });
  /** The last request read on each connection. */
  const latest = new WeakMap<Duplex, Exchange>();
  const queued = new QueuedAnswers();
  const server = createServer(
    {
      // Streams have no end in time; a body that is read whole has a limit of its own.
      requestTimeout: 0,
      headersTimeout: HTTP_LIMITS.headersMsMax,
      keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
      maxHeaderSize: HTTP_LIMITS.headerBytesMax,
      // A peer that vanished without a word is noticed.
      keepAlive: true,
      noDelay: true,
      // Answered by ourselves, with a problem.
      requireHostHeader: false,
      // Node before 22.21 does not know this, and asks for nothing.
      ...(upgrades && {
        shouldUpgradeCallback: (incoming: IncomingMessage) => upgrades.takes(incoming),
      }),
    },
    (incoming, outgoing) => {
      latest.set(incoming.socket, { incoming, outgoing });
      queued.endWith(incoming.socket, outgoing);
      return answer(incoming, outgoing);
    },
  );
  server.maxConnections = HTTP_LIMITS.connectionsMax;
  // Their bytes are bounded. A bound on their number would drop those behind it unsaid, such as an
  // If-Match, and the command would run without it.
  server.maxHeadersCount = 0;
  server.on('clientError', (error, socket) => {
    refuseBrokenRequest(error, socket, latest.get(socket));
  });
  server.on('checkExpectation', (incoming, outgoing) => {
    refuseExpectation({ incoming, outgoing });
  });
  const cutUpgraded = upgrades && takeUpgrades(server, upgrades, latest);
  await listen(server, host, options.port);
  const { address, family, port } = server.address() as AddressInfo;
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${shown}:${port}`,
    port,
    close: () => closeGently(server),
    destroy: () => {
      server.closeAllConnections();
      cutUpgraded?.();
    },
    connections: () => promisify(server.getConnections.bind(server))(),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * A request may be on its way on any connection that is open: ended at once, it would be cut
 * unread. So each is open for one more request, whose answer then ends it, until none comes.
 */
function closeGently(server: Server): Promise<void> {
  let lastRequest = performance.now();
  server.prependListener('request', (_request, response) => {
    lastRequest = performance.now();
    response.shouldKeepAlive = false;
  });
  // For those that are busy now: from the end of their answer on.
  server.keepAliveTimeout = HTTP_LIMITS.lastRequestMs;
  const endIdle = (): void => {
    const waitMs = lastRequest + HTTP_LIMITS.lastRequestMs - performance.now();
    if (waitMs <= 0) server.closeIdleConnections();
    // Looks right after what arrived meanwhile was read.
    else setTimeout(() => setImmediate(endIdle), waitMs);
  };
  endIdle();
  return new Promise((resolve) => {
    // Only stops listening: the HTTP server's own close() ends idle connections at once.
    NetServer.prototype.close.call(server, () => resolve());
  });
}
