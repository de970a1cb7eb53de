/**
 * The graph that queries are asked of: each account's name, follows and blocks, by its number and
 * the size of the graph alone. Account 0 is followed by all; the next two follow very many. Of the
 * others one in ten, or some hundreds at least, have 5 to 20 follows, and the rest that one alone.
 */

/** The account that all others follow. */
export const STAR = 0;
/** Follows as many as one may; in a small graph everybody. */
export const HUB = 1;
/** Follows nearly 1,000 in a graph of any size. */
export const WIDE = 2;

const HUB_FOLLOWS = 5_000;
const WIDE_FOLLOWS = 900;
const BLOCKS = 5;
/** The first accounts that are not one of a kind. */
const FIRST_COMMON = 10;
/** Of the accounts, those who follow others than account 0, and how many these are at least. */
const ACTIVE_SHARE = 0.1;
const ACTIVE_MIN = 950;
/** The neighbours that an account follows: they follow it, so that there are mutuals. */
const NEIGHBOURS = 4;
const FAR_MIN = 2;
const FAR_MAX = 16;
/** How far follows gather on few: the number followed is this power of chance. */
const SKEW = 3;

const FIRST_NAMES = (
  'aaron abby adam agnes aiko alan alex alice amir ana andre anna anton ari astrid ben bella bianca ' +
  'bob boris carl carla chen chloe clara cyrus dana daniel david dora ed elena eli emma eric eva ' +
  'felix fiona frank gina greta hana hans hugo ida igor ines isa ivan jack jana jim joan john jonas ' +
  'julia kai karl kate kim lara lea leo lina lucas lucy maja marc maria max mia mila nadia nina noah ' +
  'olga oscar otto paul petra quinn rita rosa sam sara sofia tara theo tom uma vera walt xena yuri zoe'
).split(' ');

/** The username of the account of that number: a first name, `_`, and the number in base 36. */
export function username(index: number): string {
  const name = FIRST_NAMES[Math.floor(chance(index)() * FIRST_NAMES.length)] ?? '';
  return `${name}_${index.toString(36)}`;
}

/** Whom the account of that number follows, by number: each once, in the order of their making. */
export function followsOf(index: number, accounts: number): readonly number[] {
  const followed = new Set<number>([STAR]);
  if (index === HUB || index === WIDE) {
    const wanted = Math.min(index === HUB ? HUB_FOLLOWS : WIDE_FOLLOWS, accounts - 1);
    // Most are common accounts, and half of those follow back, so that the hub has mutuals.
    for (let next = FIRST_COMMON; followed.size < wanted; next++) followed.add(next % accounts);
  } else if (index < activeEnd(accounts)) {
    for (const far of farOf(index, accounts)) followed.add(far);
    if (index % 2 === 0) followed.add(HUB).add(WIDE);
    for (let step = 1; step <= NEIGHBOURS / 2; step++) {
      followed.add((index + accounts - step) % accounts).add((index + step) % accounts);
    }
  }
  followed.delete(index);
  return [...followed];
}

/** Whom the account of that number blocks. */
export function blocksOf(index: number, accounts: number): readonly number[] {
  if (index >= activeEnd(accounts)) return [];
  return Array.from({ length: BLOCKS }, (_, place) => (index + 7_919 * (place + 1)) % accounts);
}

/** At most so many accounts of 5 to 20 follows and some blocks, spread over all of those. */
export function commonAccounts(accounts: number, count: number): readonly number[] {
  const all = activeEnd(accounts) - 2 * FIRST_COMMON;
  const step = Math.max(1, Math.floor(all / count));
  return Array.from({ length: Math.min(count, all) }, (_, place) => FIRST_COMMON + place * step);
}

function farOf(index: number, accounts: number): number[] {
  const next = chance(-index);
  const count = FAR_MIN + Math.floor(next() * (FAR_MAX - FAR_MIN));
  return Array.from({ length: count }, () => Math.floor(accounts * next() ** SKEW));
}

/** The number behind the last account that follows others than account 0. */
function activeEnd(accounts: number): number {
  return Math.min(accounts, Math.max(ACTIVE_MIN, Math.floor(accounts * ACTIVE_SHARE)));
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
