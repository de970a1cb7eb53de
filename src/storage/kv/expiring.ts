import type { Reader, Write } from './backing.ts';
import { keys, parseExpiry, ranges } from './keys.ts';

/** An expiring value says first when it goes: ms since 1970, 0 for never; then a space and itself. */
export function expiring(expiresAt: number, content: string): string {
  return `${expiresAt} ${content}`;
}

/** The content of an expiring value; `null` where there is none, or it has expired. */
export function readExpiring(stored: string | null, now: number): string | null {
  if (stored === null) return null;
  const space = stored.indexOf(' ');
  const expiresAt = Number(stored.slice(0, space));
  return isOver(expiresAt, now) ? null : stored.slice(space + 1);
}

/** Puts a value that goes after `ttlMs`. */
export function putExpiring(key: string, content: string, ttlMs: number, now: number): Write[] {
  const expiresAt = now + Math.max(1, Math.ceil(ttlMs));
  return [
    [key, expiring(expiresAt, content)],
    [keys.expiry(expiresAt, key), ''],
  ];
}

/**
 * Removes what has expired, oldest first. A key that was put anew since has another time, and
 * another entry in the order of expiry.
 * @param limit how many at most
 */
export function purge(reader: Reader, now: number, limit: number): Write[] {
  const writes: Write[] = [];
  for (const [key] of reader.range({ ...ranges.expired(now), reverse: false, limit })) {
    writes.push([key, null]);
    const { target } = parseExpiry(key);
    const stored = reader.get(target);
    if (stored !== null && readExpiring(stored, now) === null) writes.push([target, null]);
  }
  return writes;
}

function isOver(expiresAt: number, now: number): boolean {
  return expiresAt !== 0 && expiresAt <= now;
}
