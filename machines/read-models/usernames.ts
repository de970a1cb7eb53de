import { z } from 'zod';
import {
  defineProjection,
  defineReadModel,
  entry,
  put,
  type Reader,
  size,
} from '../../src/define/index.ts';
import { events } from '../account/events.ts';
import { AccountId, normalize } from '../values.ts';

/** All entries are of one time, so that a page has them by their key, the last first. */
const ANY_TIME = new Date(0).toISOString();
/** What usernames are made of once they are normalised, in their order. */
const CHARACTERS = [...'0123456789_abcdefghijklmnopqrstuvwxyz'];
/** How many names are read before it is known whether there are more of a longer beginning. */
const FEW = 8;
/** Sorts behind all of them. */
const BEHIND = '~';

/** Accounts by their normalised username, under its first two characters. */
const usernamesModel = defineReadModel('usernames', z.object({ accountId: AccountId }));

/** An account keeps its username for ever, also when it is deactivated. */
export const usernames = defineProjection({
  name: 'usernames',
  model: usernamesModel,
  on: { AccountRegistered: events.AccountRegistered },
  folds: {
    AccountRegistered: ({ username, accountId }) => {
      const name = normalize(username);
      return [{ owner: ownerOf(name), change: put(name, ANY_TIME, { accountId }) }];
    },
  },
});

function ownerOf(name: string): string {
  return name.slice(0, 2);
}

/** The id of the account with a username, in any case; `null` without one. */
export async function findByUsername(username: string, reader: Reader): Promise<string | null> {
  const name = normalize(username);
  const { found } = await reader.facts({ found: entry(usernamesModel, ownerOf(name), name) });
  return found?.value.accountId ?? null;
}

/** Accounts whose usernames begin alike. */
export interface Namesakes {
  /** By account ids. */
  readonly ids: readonly string[];
  /** Whether these are all of them. */
  readonly areAll: boolean;
}

/** Accounts whose username begins with `prefix`, in any case; of more than `max`, so many. */
export async function findByPrefix(
  prefix: string,
  max: number,
  reader: Reader,
): Promise<Namesakes> {
  const start = normalize(prefix);
  const shelves = await shelvesOf(start, max, reader);
  const pages = await Promise.all(
    shelves.taken.map(({ owner, limit }) => namesOn(owner, start, limit, reader)),
  );
  return {
    ids: pages.flatMap(({ items }) => items.map(({ value }) => value.accountId)),
    areAll: shelves.areAll && pages.every(({ isAll }) => isAll),
  };
}

/** The names on a shelf that begin so, at most `limit`: a few first, since there may be no more. */
async function namesOn(owner: string, start: string, limit: number, reader: Reader) {
  const isWhole = start.length <= owner.length;
  const after = { since: ANY_TIME, key: `${isWhole ? owner : start}${BEHIND}` };
  const few = isWhole ? limit : Math.min(limit, FEW);
  const first = await reader.page(usernamesModel, owner, { limit: few, after });
  const items = first.items.filter(({ key }) => key.startsWith(start));
  const { next } = first;
  if (next === null || items.length < first.items.length) return { items, isAll: true };
  if (few === limit) return { items, isAll: false };
  const more = await reader.page(usernamesModel, owner, { limit: limit - few, cursor: next });
  const others = more.items.filter(({ key }) => key.startsWith(start));
  return {
    items: [...items, ...others],
    isAll: more.next === null || others.length < more.items.length,
  };
}

/** Where names of a prefix are, and how many to take from each: no more than `max` together. */
async function shelvesOf(start: string, max: number, reader: Reader) {
  if (start.length >= 2) return { taken: [{ owner: ownerOf(start), limit: max }], areAll: true };
  const firsts = start === '' ? CHARACTERS : [start];
  const owners = firsts.flatMap((first) => CHARACTERS.map((second) => first + second));
  const sizes = await reader.each(owners.map((owner) => size(usernamesModel, owner)));
  const taken: { owner: string; limit: number }[] = [];
  let left = max;
  for (const [place, owner] of owners.entries()) {
    const count = sizes[place] ?? 0;
    if (count === 0) continue;
    if (left === 0) return { taken, areAll: false };
    const limit = Math.min(count, left);
    taken.push({ owner, limit });
    left -= limit;
  }
  return { taken, areAll: true };
}
