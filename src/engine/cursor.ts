import { BadCursorError } from '../define/index.ts';

/** An opaque cursor for the place `values` in the listing `scope`. */
export function encodeCursor(scope: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([scope, ...values])).toString('base64url');
}

/** The place a cursor names. @throws BadCursorError when it is none of this listing */
export function decodeCursor(cursor: string, scope: string): unknown[] {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(decoded) && decoded[0] === scope) return decoded.slice(1);
  } catch {
    // Not even JSON: answered below.
  }
  throw new BadCursorError('the cursor was not made by this listing');
}
