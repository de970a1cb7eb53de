import { pairOf, type Step } from './steps.ts';

/** Whom to look at in a history. */
export interface Highlights {
  /** The account that most follow in the end, and the last one that began to; blocks aside. */
  readonly popular: string;
  readonly fan: string;
  /** One that has nothing to do with the popular one; `null` where there is none. */
  readonly stranger: string | null;
}

/**
 * Finds whom to look at.
 * @param people at least two, for a history in which nothing else happens
 */
export function highlights(people: readonly string[], steps: readonly Step[]): Highlights {
  const followed = mostFollowed(people, steps);
  const pairs = new Set(steps.map(({ pair }) => pair));
  const { popular } = followed;
  const stranger = people.find((one) => one !== popular && !pairs.has(pairOf(one, popular)));
  return { ...followed, stranger: stranger ?? null };
}

function mostFollowed(
  [one = '', other = '']: readonly string[],
  steps: readonly Step[],
): { readonly popular: string; readonly fan: string } {
  const blocks = steps.filter(({ type }) => type === 'BlockAccount');
  const blockedPairs = new Set(blocks.map(({ pair }) => pair));
  const follows = new Map<string, readonly [from: string, to: string]>();
  for (const { type, pair, data } of steps) {
    const { followerId: from, followeeId: to } = data;
    if (from === undefined || to === undefined || blockedPairs.has(pair)) continue;
    if (type === 'FollowAccount') follows.set(`${from} ${to}`, [from, to]);
    else follows.delete(`${from} ${to}`);
  }
  const counts = new Map<string, number>();
  for (const [, to] of follows.values()) counts.set(to, (counts.get(to) ?? 0) + 1);
  const [popular] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [one, 0] as const);
  const last = [...follows.values()].findLast(([, to]) => to === popular);
  return { popular, fan: last?.[0] ?? (popular === one ? other : one) };
}
