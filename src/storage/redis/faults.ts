import { ReplyError } from 'ioredis';
import { StoreRefused, StoreUnavailable } from '../../engine/store.ts';

/**
 * Whether a call, once sent, may have changed something although its answer is lost. A `look` is a
 * read whose answer nothing is decided by or told for certain: replicas are not waited for.
 */
export type Effect = 'look' | 'read' | 'write';

/**
 * Answers by which Redis turns a command away before it runs. A script that writes gets them at
 * its first write at the latest, so that nothing was written.
 */
const TURNED_AWAY = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOAUTH',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
]);

/** What ioredis says of a command that it never wrote to a socket. */
const NEVER_SENT = /^(Stream isn't writeable|Cluster isn't ready)/;

/** What ioredis says once a cluster turned a command away too often. */
const REDIRECTED_TOO_OFTEN = /^Too many Cluster redirections/;

/** An error that Redis answered with, its first word being its code. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof ReplyError;
}

/** The code of an error that Redis answered with; `null` for any other error. */
export function replyCode(error: unknown): string | null {
  return isReplyError(error) ? (error.message.split(' ', 1)[0] ?? null) : null;
}

/** Says of a command that it was not sent. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent';
}

export function wasNeverSent(error: unknown): boolean {
  return error instanceof NeverSent || (error instanceof Error && NEVER_SENT.test(error.message));
}

/**
 * The error of a call that was sent, as the store's callers know it. ioredis hangs the command
 * with all its data on the errors Redis answers with, so that these are never passed on.
 */
export function faultOf(error: unknown, effect: Effect): Error {
  const code = replyCode(error);
  if (code !== null) {
    const message = `Redis answered: ${messageOf(error)}`;
    return TURNED_AWAY.has(code) ? new StoreUnavailable(message, 'no') : new Error(message);
  }
  if (error instanceof StoreUnavailable) return error;
  if (error instanceof Error && REDIRECTED_TOO_OFTEN.test(error.message)) {
    return new StoreUnavailable(error.message, 'no');
  }
  return new StoreUnavailable(
    'the connection to Redis was lost before the answer came',
    effect === 'write' ? 'unknown' : 'no',
    { cause: error },
  );
}

/** The error of a call that found no connection in time. */
export function outOfReach(problem: Error | null): StoreUnavailable {
  const why = problem === null ? 'no connection' : messageOf(problem);
  const message =
    problem instanceof StoreRefused ? problem.message : `Redis is out of reach: ${why}`;
  return new StoreUnavailable(message, 'no', problem === null ? {} : { cause: problem });
}

/** One line, also for errors whose message is empty. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}
