import type { IncomingMessage } from 'node:http';
import { NewerEventError } from '../define/index.ts';
import type { Log } from '../engine/runtime.ts';
import { StoreUnavailable } from '../engine/store.ts';
import { ClientGone } from './body.ts';
import { traceId } from './headers.ts';
import {
  newTraceId,
  PROBLEMS,
  type Problem,
  problemResponse,
  Refusal,
  refusalProblem,
  unexpected,
} from './problem.ts';

/** What a handler threw, as a problem; the only place where that is done for a whole request. */
export function faultResponse(error: unknown, incoming: IncomingMessage, log: Log): Response {
  // Written to nobody.
  if (error instanceof ClientGone) return new Response(null, { status: 400 });
  const { problem, headers } = faultProblem(error, incoming, log);
  return problemResponse(problem, headers);
}

/** What was thrown, as a problem with its headers; what nobody foresaw is logged. */
export function faultProblem(
  error: unknown,
  incoming: IncomingMessage,
  log: Log,
): { readonly problem: Problem; readonly headers: Readonly<Record<string, string>> } {
  const trace = traceId(incoming) ?? newTraceId();
  const refusal = refusalOf(error);
  if (error instanceof NewerEventError) {
    log.warn({ err: error, traceId: trace }, 'an event is newer than this code');
  } else if (error instanceof StoreUnavailable) {
    log.warn({ err: error, traceId: trace }, 'the store is out of reach');
  } else if (refusal !== error) {
    log.error({ err: error, traceId: trace }, 'a request failed unexpectedly');
  }
  return { problem: refusalProblem(refusal, trace), headers: refusal.extra.headers ?? {} };
}

/** The status that {@link faultResponse} answers with. */
export function faultStatus(error: unknown): number {
  return PROBLEMS[refusalOf(error).code].status;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof NewerEventError) {
    return new Refusal('unavailable', 'It takes a node of a newer version to read it');
  }
  if (error instanceof StoreUnavailable) {
    return new Refusal('unavailable', 'The store is out of reach');
  }
  return unexpected();
}
