import type { AsyncAnswer } from '../engine/engine.ts';
import type { Accepted, ActorVersion, Failed, Outcome, Rejected } from '../engine/outcome.ts';
import { HTTP_LIMITS } from './limits.ts';
import {
  MAILBOX_FULL_STATUS,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  problemResponse,
  problemType,
  UNEXPECTED,
} from './problem.ts';

/** The headers of an answer that the next moment may change. */
export const READ_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
} as const;

/** Writes an outcome as a response. The same outcome gives the same bytes, replayed or not. */
export function outcomeResponse(outcome: Outcome): Response {
  if (outcome.status === 'accepted') {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      etag: etag(outcome.actor),
    };
    if (outcome.replayed) headers['idempotency-replayed'] = 'true';
    return new Response(JSON.stringify(acceptedBody(outcome)), { status: 200, headers });
  }
  const problem = outcomeProblem(outcome);
  const headers: Record<string, string> = {};
  if (problem.actor) headers.etag = etag(problem.actor);
  if (outcome.status === 'rejected' && outcome.replayed) headers['idempotency-replayed'] = 'true';
  if (problem.code === 'overloaded') headers['retry-after'] = `${HTTP_LIMITS.retryAfterSeconds}`;
  return problemResponse(problem, headers);
}

/** Writes the answer to a command that runs later. */
export function asyncResponse(answer: AsyncAnswer): Response {
  if (answer.status === 'failed') return outcomeResponse(answer);
  const { status, commandId, replayed } = answer;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    location: `/v1/commands/${encodeURIComponent(commandId)}`,
    'preference-applied': 'respond-async',
  };
  if (replayed) headers['idempotency-replayed'] = 'true';
  return new Response(JSON.stringify({ status, commandId }), { status: 202, headers });
}

/** An outcome as one result of a batch, as JSON text. */
export function outcomeResult(outcome: Outcome): string {
  if (outcome.status === 'accepted') {
    const body = acceptedBody(outcome);
    return JSON.stringify(outcome.replayed ? { ...body, replayed: true } : body);
  }
  const replayed = outcome.status === 'rejected' && outcome.replayed;
  return problemResult(outcome.status, outcomeProblem(outcome), replayed);
}

/** A problem as one result of a batch: `status` is the word, the number is `httpStatus`. */
export function problemResult(
  word: 'rejected' | 'failed',
  problem: Problem,
  replayed = false,
): string {
  const { status: httpStatus, ...members } = problem;
  return JSON.stringify({
    status: word,
    httpStatus,
    ...members,
    ...(replayed && { replayed: true }),
  });
}

/** The problem that an outcome is: the one place where outcomes become HTTP. */
function outcomeProblem(outcome: Rejected | Failed): Problem {
  if (outcome.status === 'rejected') {
    return {
      ...head(outcome, 'rejected', outcome.reason),
      actor: outcome.actor,
      position: outcome.position,
      events: outcome.events,
    };
  }
  const { failure } = outcome;
  switch (failure.code) {
    case 'version_mismatch':
      return {
        ...head(outcome, failure.code, `The actor has version ${failure.actor.version}`),
        actor: failure.actor,
      };
    case 'idempotency_key_reused':
      return head(outcome, failure.code, 'The Idempotency-Key was sent with another command');
    case 'overloaded':
      return failure.limit === 'mailbox'
        ? { ...head(outcome, failure.code, 'The mailbox is full'), status: MAILBOX_FULL_STATUS }
        : head(outcome, failure.code, 'The node takes no more at the moment');
    case 'unavailable':
      return head(
        outcome,
        failure.code,
        failure.byNewer
          ? 'The actor was written by a newer version than this node runs; the command had no effect, and another node takes it'
          : 'It is unknown whether the command took effect; retry it with the same Idempotency-Key',
      );
    case 'system_error':
      return head(outcome, failure.code, UNEXPECTED);
    default:
      return failure satisfies never;
  }
}

function head(outcome: Rejected | Failed, code: ProblemCode, detail: string): Problem {
  const { status, title } = PROBLEMS[code];
  const { commandId, traceId } = outcome;
  return { type: problemType(code), title, status, detail, code, commandId, traceId };
}

function acceptedBody({ status, commandId, actor, position, events }: Accepted) {
  return { status, commandId, actor, position, events };
}

function etag(actor: ActorVersion): string {
  return `"${actor.version}"`;
}
