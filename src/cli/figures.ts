import { FOLLOWS_MAX } from './limits.ts';
import { type History, pairOf } from './steps.ts';
import { number, renderTable } from './table.ts';

/** What a history of ratings comes to, in the order it is shown. */
export const FIGURES = [
  'accounts registered',
  'FollowCreated',
  'FollowAccount with no effect',
  'FollowRejected, blocked',
  'AccountBlocked',
  'FollowRemoved',
  'follows left',
  'pairs that follow and block at once',
] as const;

export type Figure = (typeof FIGURES)[number];
export type Figures = Readonly<Record<Figure, number>>;

/** All figures at 0. */
export function noFigures(): Record<Figure, number> {
  return {
    'accounts registered': 0,
    FollowCreated: 0,
    'FollowAccount with no effect': 0,
    'FollowRejected, blocked': 0,
    AccountBlocked: 0,
    FollowRemoved: 0,
    'follows left': 0,
    'pairs that follow and block at once': 0,
  };
}

/**
 * What a history of follows and blocks must come to once the policies are idle, worked out from it
 * alone: a block ends the follows between the two, in both directions. `null` where somebody
 * follows more than the limit, so that a policy decides by the order in which follows arrive.
 */
export function expectedFigures(history: History): Figures | null {
  const figures = noFigures();
  const following = new Set<string>();
  const blockedPairs = new Set<string>();
  const created = new Map<string, number>();
  for (const { type, data, pair } of history.phases.flat()) {
    if (pair === null) {
      figures['accounts registered']++;
      continue;
    }
    const [from = '', to = ''] = Object.values(data);
    // Nobody follows or blocks themselves.
    if (from === to) continue;
    if (type === 'BlockAccount') {
      figures.AccountBlocked++;
      blockedPairs.add(pair);
      const ended = [`${from} ${to}`, `${to} ${from}`].filter((follow) => following.delete(follow));
      figures.FollowRemoved += ended.length;
    } else if (blockedPairs.has(pair)) figures['FollowRejected, blocked']++;
    else if (following.has(`${from} ${to}`)) figures['FollowAccount with no effect']++;
    else {
      figures.FollowCreated++;
      following.add(`${from} ${to}`);
      created.set(from, (created.get(from) ?? 0) + 1);
    }
  }
  figures['follows left'] = following.size;
  return [...created.values()].some((follows) => follows > FOLLOWS_MAX) ? null : figures;
}

/** How many pairs have both a follow and a block between them, in any direction. */
export function pairsAtOnce(
  follows: Iterable<readonly [string, string]>,
  blocks: Iterable<readonly [string, string]>,
): number {
  const blocked = new Set([...blocks].map(([from, to]) => pairOf(from, to)));
  const both = new Set([...follows].map(([from, to]) => pairOf(from, to)));
  return [...both].filter((pair) => blocked.has(pair)).length;
}

/** Both sides, figure by figure, and how many differ. */
export function compared(
  file: Figures,
  server: Figures,
): { readonly text: string; readonly differing: number } {
  const differing = FIGURES.filter((name) => file[name] !== server[name]);
  const rows = FIGURES.map((name) => [
    name,
    number(file[name]),
    number(server[name]),
    differing.includes(name) ? '<- differs' : '',
  ]);
  const text = renderTable([['', 'the file', 'the server', ''], ...rows], [0, 3]);
  return { text, differing: differing.length };
}
