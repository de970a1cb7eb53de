import { STATUS_CODES } from 'node:http';
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

/** Answers bytes that are no HTTP request, and ends the connection. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = brokenProblem(error.code);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

function brokenProblem(code: string | undefined): Problem {
  const problem = (detail: string) =>
    refusalProblem(new Refusal('malformed_request', detail), newTraceId());
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { ...problem('The headers are too large'), status: 431 };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { ...problem('The request did not arrive in time'), status: 408 };
    default:
      return problem('The request is no HTTP');
  }
}
