/** The queries that are asked, of accounts of each kind. */
import { commonAccounts, HUB, STAR, username, WIDE } from '../../load/graph.ts';
import { accountId } from '../../load/workload.ts';
import { get } from '../../parts/client.ts';

/** One kind of query, asked of many accounts in turn. */
export interface Kind {
  readonly name: string;
  readonly paths: readonly string[];
  /** Whether it costs the same at any size of the graph: it may not where the small one has no such account. */
  readonly isComparable: boolean;
}

interface Listing {
  readonly name: string;
  /** Under the account's own route. */
  readonly route: string;
  /** Items of a page that leave some for a page in the middle. */
  readonly limit: number;
}

/** Accounts and names asked for in turn, so that not always the same is read. */
const ASKED = 300;
/** By prefix, so that small graphs answer as many as large ones: of a name they have no more. */
const NAMESAKES = 10;
const LONGEST_PAGE = 200;
/** A page of an account with few entries, so that there is another. */
const FEW = 3;

const OWN: readonly (readonly [name: string, route: string])[] = [
  ['profile', ''],
  ['follow-stats', '/follow-stats'],
  ['suggestions', '/suggestions'],
];
const LISTS = ['followers', 'following', 'mutuals', 'blocked'];

/** All that is asked of the graph of so many accounts that the server there has. */
export async function kindsOf(port: number, accounts: number): Promise<Kind[]> {
  const common = commonAccounts(accounts, ASKED).map(accountId);
  const star = accountId(STAR);
  const wide = accountId(WIDE);
  const hub = accountId(HUB);
  const of = (name: string, paths: readonly string[]): Kind => ({
    name,
    paths,
    isComparable: true,
  });
  const relations = (id: string) => common.map((other) => `/v1/relationships/${id}/${other}`);
  const trails = (ids: readonly string[]) => ids.map((id) => `/v1/actors/account/${id}/events`);
  return [
    ...named(accounts, of),
    of(
      'relationship',
      common.flatMap((id) => relations(id).slice(0, 2)),
    ),
    of('trail', trails(common)),
    ...(await ownOf(port, '', common, FEW)),
    ...(await ownOf(port, ', star', [star], 50)),
    of('relationship, star', relations(star)),
    of('trail, star', trails([star])),
    ...(await ownOf(port, ', 900 follows', [wide], 20)),
    of('trail, 900 follows', trails([wide])),
    ...(await ownOf(port, ', most follows', [hub], 20)).map((kind) => ({
      ...kind,
      isComparable: false,
    })),
  ];
}

function named(accounts: number, of: (name: string, paths: readonly string[]) => Kind): Kind[] {
  const names = commonAccounts(accounts, ASKED).map(username);
  const search = (words: string) => `/v1/accounts?${words}`;
  const prefixes = (length: (name: string) => number) =>
    [...new Set(names.map((name) => name.slice(0, length(name))))].map((prefix) =>
      search(`prefix=${prefix}&limit=${NAMESAKES}`),
    );
  return [
    of(
      'by username',
      names.map((name) => search(`username=${name}`)),
    ),
    of(
      'by prefix of 1',
      prefixes(() => 1),
    ),
    of(
      'by prefix of 2',
      prefixes(() => 2),
    ),
    of(
      'by prefix of 3',
      prefixes(() => 3),
    ),
    of(
      'by long prefix',
      prefixes((name) => name.length - 1),
    ),
    of('popular', [search('sort=popular')]),
    of('popular, 200', [search('sort=popular&limit=200')]),
  ];
}

/** What is asked of an account by its id. */
async function ownOf(
  port: number,
  whose: string,
  ids: readonly string[],
  limit: number,
): Promise<Kind[]> {
  const kinds: Kind[] = OWN.map(([name, route]) => ({
    name: `${name}${whose}`,
    paths: ids.map((id) => `/v1/accounts/${id}${route}`),
    isComparable: true,
  }));
  for (const name of LISTS) {
    const listing = { name, route: `/${name}`, limit };
    const first = ids.map((id) => `/v1/accounts/${id}/${name}?limit=${limit}`);
    kinds.push({ name: `${name}${whose}`, paths: first, isComparable: true });
    const middle = await middlePages(port, ids, listing);
    if (middle.length === 0) continue;
    kinds.push({ name: `${name}${whose}, middle`, paths: middle, isComparable: true });
  }
  return kinds;
}

/** A page in the middle of each list that has more than one. */
async function middlePages(
  port: number,
  ids: readonly string[],
  { route, limit }: Listing,
): Promise<string[]> {
  const paths: string[] = [];
  for (const id of ids) {
    const cursor = await middleCursor(port, `/v1/accounts/${id}${route}`, limit);
    if (cursor !== null) paths.push(`/v1/accounts/${id}${route}?limit=${limit}&cursor=${cursor}`);
  }
  return paths;
}

/** The cursor that lies behind half of a list; `null` where there is one page alone. */
async function middleCursor(port: number, path: string, limit: number): Promise<string | null> {
  const cursors: string[] = [];
  let search = `limit=${limit}`;
  for (;;) {
    const { status, body } = await get(port, `${path}?${search}`);
    if (status !== 200) throw new Error(`GET ${path}?${search} answered ${status}: ${body}`);
    const { nextCursor } = JSON.parse(body);
    if (typeof nextCursor !== 'string') return cursors[cursors.length >> 1] ?? null;
    cursors.push(nextCursor);
    search = `limit=${cursors.length > 1 ? LONGEST_PAGE : limit}&cursor=${nextCursor}`;
  }
}
