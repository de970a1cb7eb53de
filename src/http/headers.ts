import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { HTTP_LIMITS } from './limits.ts';
import { parsePrefer } from './prefer.ts';
import { Refusal } from './problem.ts';

/**
 * The `Idempotency-Key` of a request; `null` without one.
 * @throws Refusal when it is none, or given twice
 */
export function idempotencyKey(incoming: IncomingMessage): string | null {
  const key = single(incoming, 'idempotency-key', 'Idempotency-Key');
  if (key === null) return null;
  if (!idempotencyKeySchema.safeParse(key).success) {
    throw new Refusal(
      'malformed_request',
      `Idempotency-Key has 1 to ${HTTP_LIMITS.idempotencyKeyCharsMax} printable ASCII characters`,
    );
  }
  return key;
}

/** What an idempotency key is made of. */
export const idempotencyKeySchema = z
  .string()
  .regex(
    new RegExp(`^[\\x20-\\x7e]{1,${HTTP_LIMITS.idempotencyKeyCharsMax}}$`),
    `Expected 1 to ${HTTP_LIMITS.idempotencyKeyCharsMax} printable ASCII characters`,
  );

/** One strong tag with a version. */
export const ifMatchSchema = z.string().regex(/^"(?:0|[1-9]\d{0,17})"$/);

/**
 * The version in `If-Match`; `null` without one.
 * @throws Refusal when it is not exactly one strong tag with a whole number
 */
export function ifMatch(incoming: IncomingMessage): number | null {
  const value = single(incoming, 'if-match', 'If-Match');
  if (value === null) return null;
  if (!ifMatchSchema.safeParse(value).success) {
    throw new Refusal(
      'malformed_request',
      'If-Match takes one strong tag with a version, such as "7"',
    );
  }
  return Number(value.slice(1, -1));
}

/**
 * The trace id of `traceparent`: 32 hex digits. `null` when there is none, or it is malformed,
 * which Trace Context says to ignore.
 */
export function traceId(incoming: IncomingMessage): string | null {
  const value = incoming.headers.traceparent;
  if (typeof value !== 'string') return null;
  const match = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$/.exec(value);
  if (!match) return null;
  const [, version, trace, parent, more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (trace === undefined || /^0+$/.test(trace) || /^0+$/.test(parent ?? '')) return null;
  return trace;
}

/**
 * Whether `Prefer` asks for an answer before the command has run.
 * @throws Refusal when the header is no list of preferences
 */
export function wantsAsync(incoming: IncomingMessage): boolean {
  const value = incoming.headers.prefer;
  if (value === undefined) return false;
  const preferences = parsePrefer(Array.isArray(value) ? value.join(',') : value);
  if (!preferences) throw new Refusal('malformed_request', 'Prefer is no list of preferences');
  return preferences.has('respond-async');
}

/** Node joins repeated headers, so that a repeated key would look like another one. */
function single(incoming: IncomingMessage, name: string, shown: string): string | null {
  const value = incoming.headers[name];
  if (value === undefined) return null;
  const joined = Array.isArray(value) ? value.join(', ') : value;
  if (joined.includes(',') && (incoming.headersDistinct[name]?.length ?? 0) > 1) {
    throw new Refusal('malformed_request', `${shown} is given more than once`);
  }
  return joined;
}
