import { z } from 'zod';
import {
  type CollectionDefinition,
  type Entry,
  type Page,
  type Reader,
  view,
} from '../../src/define/index.ts';
import { accountView } from '../account/collections.ts';
import { AccountId, Timestamp } from '../values.ts';

/** The parameters of a route to something of one account. */
export const accountParams = z.strictObject({ id: AccountId });

/** A query's text as a whole number; what is none stays text, and is refused as such. */
function wholeNumber(raw: unknown): unknown {
  return typeof raw === 'string' && /^(?:0|[1-9]\d{0,8})$/.test(raw) ? Number(raw) : raw;
}

const count = z.int().min(1).max(200);

/** How many items an answer has at most: 1 to 200. */
export function limitOf(unlessAsked: number) {
  return z.preprocess(wholeNumber, count.default(unlessAsked));
}

/** The same where nothing is said of how many unless it is asked. */
export const optionalLimit = z.preprocess(wholeNumber, count.optional()).optional();

/** Which page: how long, and after which. */
export const pageSearch = z.strictObject({
  limit: limitOf(50),
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
  input: { params: z.output<typeof accountParams>; search: z.output<typeof pageSearch> },
  reader: Reader,
): Promise<z.input<typeof accountPage> | null> {
  const { id } = input.params;
  const { limit, cursor = null } = input.search;
  const [{ owner }, page] = await Promise.all([
    reader.facts({ owner: view(accountView, id) }),
    reader.page(collection, id, { limit, cursor }),
  ]);
  return owner === null ? null : answerOf(page, reader);
}

/** The page as it is answered: with the accounts' usernames. */
export async function answerOf(
  { items, next }: Page<unknown>,
  reader: Reader,
): Promise<z.input<typeof accountPage>> {
  return {
    items: await withUsernames(items, reader),
    ...(next !== null && { nextCursor: next }),
  };
}

async function withUsernames(items: readonly Entry[], reader: Reader) {
  const views = await reader.each(items.map(({ key }) => view(accountView, key)));
  return items.flatMap(({ key, since }, place) => {
    const account = views[place];
    // Gone only after the loss of its partition's tail.
    return account ? [{ id: key, username: account.username, since }] : [];
  });
}
