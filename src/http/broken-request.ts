import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError } from '@hono/node-server';
import type { Log } from '../engine/runtime.ts';
import {
  newTraceId,
  type Problem,
  problemResponse,
  Refusal,
  refusalProblem,
  unexpected,
} from './problem.ts';

/** Answers a request that node read, but that names no resource: no host, no path. */
export function requestErrorResponse(error: unknown, log: Log): Response {
  const traceId = newTraceId();
  if (error instanceof RequestError) {
    const refusal = new Refusal('malformed_request', 'The request has no valid host and path');
    return problemResponse(refusalProblem(refusal, traceId));
  }
  log.error({ err: error, traceId }, 'a request failed unexpectedly');
  return problemResponse(refusalProblem(unexpected(), traceId));
}

/** A request and its answer. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/**
 * Answers bytes that are no HTTP request, and ends the connection. Never in place of the answer to
 * a whole request before them, and never in the middle of one.
 * @param latest the last request that was read on this connection; `undefined` where none was
 */
export function refuseBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  latest: Exchange | undefined,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refuse = () => endWith(socket, brokenProblem(error.code));
  if (latest === undefined || latest.outgoing.writableFinished) {
    refuse();
    return;
  }
  const { incoming, outgoing } = latest;
  if (incoming.complete) {
    outgoing.once('finish', refuse);
    return;
  }
  // Its own body is broken. Where others still wait before it, or it was begun to be answered,
  // only the end of the connection can say so.
  if (outgoing.socket === null || outgoing.headersSent) socket.destroy();
  else refuse();
}

/** Answers a request whose `Expect` asks for what is not done here. */
export function refuseExpectation({ outgoing }: Exchange): void {
  const problem = { ...malformed('Expect takes 100-continue only'), status: 417 };
  outgoing.writeHead(problem.status, { 'content-type': PROBLEM_TYPE, connection: 'close' });
  outgoing.end(JSON.stringify(problem));
}

const PROBLEM_TYPE = 'application/problem+json';

/** Answers with a problem on a connection that no answer of HTTP's own belongs to, and ends it. */
export function endWith(
  socket: Duplex,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(problem);
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${more.join('')}Connection: close\r\n\r\n${body}`,
  );
}

function brokenProblem(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { ...malformed('The headers are too large'), status: 431 };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { ...malformed('The request did not arrive in time'), status: 408 };
    default:
      return malformed('The request is no HTTP');
  }
}

function malformed(detail: string): Problem {
  return refusalProblem(new Refusal('malformed_request', detail), newTraceId());
}
