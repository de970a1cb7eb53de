import { defineQuery, type Entry, entry, type Reader, view } from '../../src/define/index.ts';
import { accountView, FOLLOW_LIMIT, following } from '../account/collections.ts';
import { accountPage, accountParams, answerOf, pageSearch } from './account-page.ts';
import { followersModel } from './followers.ts';

/** How many followed accounts are read at once. */
const PAGE_SIZE = 1_000;

/**
 * Whom an account follows and is followed by, each since the later of the two follows. Bounded by
 * how many accounts one may follow, however many follow it.
 */
export async function readMutuals(id: string, reader: Reader): Promise<readonly Entry<null>[]> {
  const found: Entry<null>[] = [];
  let cursor: string | null = null;
  // For a moment an account may follow more than it is to; then the newest count.
  for (let read = 0; read < FOLLOW_LIMIT; read += PAGE_SIZE) {
    const page: Awaited<ReturnType<typeof followedPage>> = await followedPage(id, cursor, reader);
    found.push(...page.mutuals);
    cursor = page.next;
    if (cursor === null) break;
  }
  return found;
}

async function followedPage(id: string, cursor: string | null, reader: Reader) {
  const { items, next } = await reader.page(following, id, { limit: PAGE_SIZE, cursor });
  const follows = await reader.each(items.map(({ key }) => entry(followersModel, id, key)));
  const mutuals = items.flatMap(({ key, since }, place) => {
    const back = follows[place];
    if (!back) return [];
    const [, later = since] = [since, back.since].sort();
    return [{ key, since: later, value: null }];
  });
  return { mutuals, next };
}

export const listMutuals = defineQuery({
  name: 'listMutuals',
  summary: 'Whom an account follows and is followed by, newest first.',
  route: '/v1/accounts/{id}/mutuals',
  params: accountParams,
  search: pageSearch,
  result: accountPage,
  run: async ({ params: { id }, search: { limit, cursor = null } }, reader) => {
    const [{ account }, mutuals] = await Promise.all([
      reader.facts({ account: view(accountView, id) }),
      readMutuals(id, reader),
    ]);
    // Also for an account that is not there: a bad cursor is refused before it is missed.
    const page = reader.paged(`mutuals/${id}`, mutuals, { limit, cursor });
    return account === null ? null : answerOf(page, reader);
  },
});
