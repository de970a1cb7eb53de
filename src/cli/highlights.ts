import type { Step } from './steps.ts';

/** A follow that a block ends: nothing else happens between the two. */
export interface Cut {
  readonly follower: string;
  readonly followee: string;
  readonly blocker: string;
  readonly blocked: string;
}

/** Whom to look at in a history. */
export interface Highlights {
  /** The account that most follow in the end, and the last one that began to; blocks aside. */
  readonly popular: string;
  readonly fan: string;
  /** The first follow that a block ends for sure; `null` where there is none. */
  readonly cut: Cut | null;
}

/**
 * Finds whom to look at.
 * @param people at least two, for a history in which nothing else happens
 */
export function highlights(people: readonly string[], steps: readonly Step[]): Highlights {
  const stepsOf = new Map<string, Step[]>();
  for (const step of steps) {
    if (step.pair === null) continue;
    const ofPair = stepsOf.get(step.pair);
    if (ofPair === undefined) stepsOf.set(step.pair, [step]);
    else ofPair.push(step);
  }
  return { ...mostFollowed(people, steps, stepsOf), cut: firstCut(stepsOf.values()) };
}

function mostFollowed(
  [one = '', other = '']: readonly string[],
  steps: readonly Step[],
  stepsOf: ReadonlyMap<string, readonly Step[]>,
): { readonly popular: string; readonly fan: string } {
  const isCalm = (pair: string) => !stepsOf.get(pair)?.some(({ type }) => type === 'BlockAccount');
  const follows = new Map<string, readonly [from: string, to: string]>();
  for (const { type, pair, data } of steps) {
    const { followerId: from, followeeId: to } = data;
    if (pair === null || from === undefined || to === undefined || !isCalm(pair)) continue;
    if (type === 'FollowAccount') follows.set(`${from} ${to}`, [from, to]);
    else follows.delete(`${from} ${to}`);
  }
  const counts = new Map<string, number>();
  for (const [, to] of follows.values()) counts.set(to, (counts.get(to) ?? 0) + 1);
  const [popular] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [one, 0] as const);
  const last = [...follows.values()].findLast(([, to]) => to === popular);
  return { popular, fan: last?.[0] ?? (popular === one ? other : one) };
}

function firstCut(pairs: Iterable<readonly Step[]>): Cut | null {
  for (const [first, second, ...more] of pairs) {
    if (first?.type !== 'FollowAccount' || second?.type !== 'BlockAccount') continue;
    if (more.length > 0) continue;
    const { followerId: follower = '', followeeId: followee = '' } = first.data;
    const { blockerId: blocker = '', blockedId: blocked = '' } = second.data;
    return { follower, followee, blocker, blocked };
  }
  return null;
}
