import { z } from 'zod';
import { PAGE_ITEMS } from './limits.ts';
import { askPatiently, type Patience, type Unanswered } from './patiently.ts';
import type { ServerLink } from './server-link.ts';

/** A list could not be read to its end. */
export class Unread extends Error {
  override readonly name = 'Unread';

  constructor(readonly outcome: Unanswered) {
    super(outcome.kind === 'interrupted' ? 'interrupted' : outcome.why);
  }
}

/**
 * A list, page by page.
 * @param path without its search
 * @param cursor the parameter that a page's `nextCursor` goes into
 * @throws Unread
 */
export async function* pages<T>(
  link: ServerLink,
  { path, cursor = 'cursor' }: { readonly path: string; readonly cursor?: string },
  item: z.ZodType<T>,
  patience: Patience,
): AsyncGenerator<readonly T[]> {
  const page = z.object({ items: z.array(item), nextCursor: z.string().optional() });
  const search = new URLSearchParams({ limit: `${PAGE_ITEMS}` });
  for (;;) {
    const reply = await askPatiently(() => link.get(`${path}?${search}`, page), patience);
    if (reply.kind !== 'answered') throw new Unread(reply);
    yield reply.value.items;
    if (reply.value.nextCursor === undefined) return;
    search.set(cursor, reply.value.nextCursor);
  }
}
