import { randomUUID } from 'node:crypto';
import type { ActorVersion, EventEnvelope } from '../engine/outcome.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** Every kind of answer that is no success: the code a program branches on, and its status. */
export const PROBLEMS = {
  rejected: { status: 409, title: 'A rule says no' },
  validation_error: { status: 422, title: 'The request breaks its schema' },
  malformed_request: { status: 400, title: 'The request is malformed' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The route has other methods' },
  unsupported_media_type: { status: 415, title: 'The body has another media type' },
  version_mismatch: { status: 412, title: 'The actor has another version' },
  idempotency_key_reused: { status: 422, title: 'The key was used with another body' },
  too_large: { status: 413, title: 'The body is too large' },
  not_yet_visible: { status: 504, title: 'The read models are not there yet' },
  unauthenticated: { status: 401, title: 'Credentials are needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  overloaded: { status: 503, title: 'Too much at once' },
  unavailable: { status: 503, title: 'The store is out of reach' },
  system_error: { status: 500, title: 'Unexpected error' },
} as const satisfies Record<string, ProblemKind>;

/** The stable code of a problem. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The status of `overloaded` where one actor's mailbox is full, not the node. */
export const MAILBOX_FULL_STATUS = 429;

/** All that a client is told of an error that nobody foresaw: the rest is in the log. */
export const UNEXPECTED = 'An unexpected error occurred';

/** What is wrong with one field; an empty `field` means the whole. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** An RFC 9457 problem, members in the order they are written. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly commandId: string;
  readonly traceId: string;
  readonly errors?: readonly FieldFault[];
  readonly actor?: ActorVersion;
  readonly position?: string;
  readonly events?: readonly EventEnvelope[];
}

/** Why a request, or an entry of a batch, goes no further. Thrown, and caught in one place each. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extra: {
      readonly errors?: readonly FieldFault[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
  }
}

/** The refusal of what failed unexpectedly. */
export function unexpected(): Refusal {
  return new Refusal('system_error', UNEXPECTED);
}

/** The stable URI of a kind of problem. */
export function problemType(code: ProblemCode): string {
  return `urn:everstate:problem:${code}`;
}

/** A trace id for a request that brought none: 32 hex digits. */
export function newTraceId(): string {
  return randomUUID().replaceAll('-', '');
}

/** The problem of a refusal. The command, had it come to one, gets an id of its own. */
export function refusalProblem(refusal: Refusal, traceId: string): Problem {
  const { status, title } = PROBLEMS[refusal.code];
  return {
    type: problemType(refusal.code),
    title,
    status,
    detail: refusal.detail,
    code: refusal.code,
    commandId: randomUUID(),
    traceId,
    ...(refusal.extra.errors && { errors: refusal.extra.errors }),
  };
}

/** Writes a problem as a response. */
export function problemResponse(
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
