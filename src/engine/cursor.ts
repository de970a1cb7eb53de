import type { z } from 'zod';
import { BadCursorError } from '../define/index.ts';

/** An opaque cursor for the place `values` in the listing `scope`. */
export function encodeCursor(scope: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([scope, ...values])).toString('base64url');
}

/**
 * The place a cursor names.
 * @param place what the listing's places look like
 * @throws BadCursorError when it is none of this listing
 */
export function decodeCursor<Place>(cursor: string, scope: string, place: z.ZodType<Place>): Place {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(decoded) && decoded[0] === scope) return place.parse(decoded.slice(1));
  } catch (cause) {
    throw new BadCursorError(FOREIGN, { cause });
  }
  throw new BadCursorError(FOREIGN);
}

const FOREIGN = 'the cursor was not made by this listing';
