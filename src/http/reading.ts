import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { BadCursorError } from '../define/index.ts';
import { badSearch, fieldFaults } from './faults.ts';
import { HTTP_LIMITS } from './limits.ts';
import { type FieldFault, Refusal } from './problem.ts';
import { READ_HEADERS } from './reply.ts';

/** How many items a page may have at most: 1 to 200, 50 unless asked. */
export const limitSchema = z
  .preprocess(
    (raw) => (typeof raw === 'string' && /^[1-9]\d{0,8}$/.test(raw) ? Number(raw) : raw),
    z.int().min(1).max(HTTP_LIMITS.pageItemsMax),
  )
  .default(HTTP_LIMITS.pageItemsDefault);

/** What a page came after: opaque to clients. */
export const cursorSchema = z.string().min(1).max(HTTP_LIMITS.cursorCharsMax);

/** The query parameters of a list. */
export const pageSearch = z.strictObject({ limit: limitSchema, cursor: cursorSchema.optional() });

/** @throws Refusal for parameters that are bad, unknown, given twice, or do not go together */
export function readSearch<S extends z.ZodType>(incoming: IncomingMessage, schema: S): z.output<S> {
  const url = incoming.url ?? '';
  const question = url.indexOf('?');
  const search = new URLSearchParams(question === -1 ? '' : url.slice(question));
  const twice: FieldFault[] = [...new Set(search.keys())]
    .filter((name) => search.getAll(name).length > 1)
    .map((field) => ({ field, message: 'Given more than once' }));
  if (twice.length > 0) throw badSearch(twice);
  const parsed = schema.safeParse(Object.fromEntries(search));
  if (!parsed.success) throw badSearch(fieldFaults(parsed.error.issues));
  return parsed.data;
}

/** @throws Refusal where the query has a cursor that no page gave out */
export async function withCursor<T>(field: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BadCursorError)) throw error;
    throw badSearch([{ field, message: 'No page gave out this cursor' }]);
  }
}

/** Writes what was read. @throws Refusal for `null`: there is no such thing */
export function readResponse(body: unknown): Response {
  if (body === null) throw nothingThere();
  return new Response(JSON.stringify(body), { headers: READ_HEADERS });
}

/** A page as the contract writes it; `null` stays `null`. */
export function pageBody<
  P extends { readonly items: readonly unknown[]; readonly next: string | null } | null,
>(page: P) {
  return page && { items: page.items, ...(page.next !== null && { nextCursor: page.next }) };
}

/** The refusal of a path that names nothing. */
export function nothingThere(): Refusal {
  return new Refusal('not_found', 'There is no such resource');
}
