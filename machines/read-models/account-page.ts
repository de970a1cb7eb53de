import { z } from 'zod';
import { type CollectionDefinition, type Page, type Reader, view } from '../../src/define/index.ts';
import { accountView } from '../account/collections.ts';
import { AccountId, Timestamp } from '../values.ts';

/** The parameters of a route to a page of accounts. */
export const pageParams = z.strictObject({ id: AccountId });

/** A query's text as a whole number; what is none stays text, and is refused as such. */
function wholeNumber(raw: unknown): unknown {
  return typeof raw === 'string' && /^(?:0|[1-9]\d{0,8})$/.test(raw) ? Number(raw) : raw;
}

/** Which page: how long, and after which. */
export const pageSearch = z.strictObject({
  limit: z.preprocess(wholeNumber, z.int().min(1).max(200).default(50)),
  cursor: z.string().min(1).max(512).optional(),
});

/** A page of accounts; without `nextCursor` it is the last. */
export const accountPage = z.object({
  items: z.array(z.object({ id: z.string(), username: z.string(), since: Timestamp })),
  nextCursor: z.string().optional(),
});

/** A page of an account's collection of accounts, with their usernames; `null` without the account. */
export async function readAccountPage(
  collection: CollectionDefinition,
  input: { params: z.output<typeof pageParams>; search: z.output<typeof pageSearch> },
  reader: Reader,
): Promise<z.input<typeof accountPage> | null> {
  const { id } = input.params;
  const { limit, cursor = null } = input.search;
  const [{ owner }, page] = await Promise.all([
    reader.facts({ owner: view(accountView, id) }),
    reader.page(collection, id, { limit, cursor }),
  ]);
  if (owner === null) return null;
  return {
    items: await withUsernames(page, reader),
    ...(page.next !== null && { nextCursor: page.next }),
  };
}

async function withUsernames(page: Page<unknown>, reader: Reader) {
  if (page.items.length === 0) return [];
  // Named by their place: an id such as `__proto__` is no safe property name.
  const views = await reader.facts(
    Object.fromEntries(page.items.map(({ key }, place) => [place, view(accountView, key)])),
  );
  return page.items.flatMap(({ key, since }, place) => {
    const account = views[place];
    // Gone only after the loss of its partition's tail.
    return account ? [{ id: key, username: account.username, since }] : [];
  });
}
