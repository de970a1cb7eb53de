import type { Search } from '../../engine/actor-index/search.ts';

/** What a query asks for: a search but for its page. */
export type ActorQuery = Omit<Search, 'limit' | 'after'>;

/** Why a query cannot be understood, in words for the one who wrote it. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery';
}

/** The longest query, in characters. */
export const QUERY_CHARS_MAX = 500;

/** What the beginning of an id ends in. */
const ENDINGS = ['…', '...', '*'];

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const WORD = /(?:(\w+):)?("[^"]*"|\S+)/g;
const DURATION = /^>?\s*(\d{1,6})\s*([smhd])$/;

/**
 * Reads a query: words of which all must hold. `type:account state:active id:ann… stale:>1h`.
 * @param types the app's
 * @throws BadQuery
 */
export function parseQuery(text: string, types: readonly string[]): ActorQuery {
  const found = new Map<string, string>();
  for (const [word, name = 'id', value = ''] of text.matchAll(WORD)) {
    if (!WORDS.includes(name)) throw new BadQuery(`There is no word ${name}: — ${KNOWN}`);
    if (found.has(name)) throw new BadQuery(`${name} is given twice`);
    const isBare = !word.startsWith(`${name}:`);
    if (/^"[^"]*$/.test(value)) throw new BadQuery('A double quote is not closed');
    const plain = value.startsWith('"') ? value.slice(1, -1) : value;
    if (plain === '') throw new BadQuery(`${name}: says nothing`);
    const alone = WORDS.find((each) => value === `${each}:`);
    if (alone !== undefined) throw new BadQuery(`${alone}: says nothing`);
    // What stands alone is the beginning of an id.
    found.set(
      name,
      isBare && !ENDINGS.some((ending) => plain.endsWith(ending)) ? `${plain}…` : plain,
    );
  }
  const type = found.get('type');
  if (type !== undefined && !types.includes(type)) {
    throw new BadQuery(`There is no type ${type}. There are: ${types.join(', ')}`);
  }
  const id = found.get('id');
  const stale = found.get('stale');
  return {
    types: type === undefined ? types : [type],
    state: found.get('state') ?? null,
    id: id === undefined ? null : idOf(id),
    restMs: stale === undefined ? null : restOf(stale),
  };
}

const WORDS: readonly string[] = ['type', 'state', 'id', 'stale'];
const KNOWN = `there are ${WORDS.map((name) => `${name}:`).join(', ')}`;

function idOf(text: string): NonNullable<ActorQuery['id']> {
  const ending = ENDINGS.find((each) => text.endsWith(each));
  if (ending === undefined) return { text, isPrefix: false };
  return { text: text.slice(0, -ending.length), isPrefix: true };
}

function restOf(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  const ms = unit && Object.entries(UNITS).find(([name]) => name === unit)?.[1];
  if (!ms) throw new BadQuery('stale: takes a time such as >90s, >15m, >1h or >7d');
  return Number(number) * ms;
}
