/** Many dead letters at once, after a look at how many that would be. */
import type { LetterCount, LetterFilter, LetterSweep } from '../engine.ts';
import {
  isWanted,
  type LetterTools,
  type LetterWord,
  letterOf,
  policiesOf,
  postWord,
  untilTaken,
} from './dead-letters.ts';
import { type PlacedRow, pageAcross } from './table-pages.ts';

/** Letters that one request looks at. */
const LOOKED_MAX = 10_000;
/** Letters that one word is said about. */
const SWEPT_MAX = 500;
/** Words said at once. */
const TOGETHER = 16;
const PAGE = 200;
const EXAMPLES = 5;

/** How many a filter lets through, and some of them. @throws StoreUnavailable */
export async function countLetters(tools: LetterTools, filter: LetterFilter): Promise<LetterCount> {
  const { found, isCut } = await wantedRows(tools, filter, LOOKED_MAX);
  const examples = found.slice(0, EXAMPLES).map((placed) => letterOf(tools.store, placed));
  const latest = Math.max(0, ...found.map(({ row }) => row.order));
  return {
    count: found.length,
    isCut,
    through: new Date(latest).toISOString(),
    examples: await Promise.all(examples),
  };
}

/** Says a word about all that a filter lets through, or the first of them. @throws StoreUnavailable */
export async function sweepLetters(
  tools: LetterTools,
  word: LetterWord,
  filter: LetterFilter,
): Promise<LetterSweep> {
  const { found, isCut } = await wantedRows(tools, filter, SWEPT_MAX);
  const places = found.map(({ policy, partition, row }) => ({ policy, partition, key: row.key }));
  for (let next = 0; next < found.length; next += TOGETHER) {
    const words = found.slice(next, next + TOGETHER).map(({ policy, partition, row }) => {
      return postWord(tools, word, { policy, partition, key: row.key }, row.body);
    });
    await Promise.all(words);
  }
  const taken = await untilTaken(tools, word, places);
  const done = taken.filter((isTaken) => isTaken).length;
  return { done, pending: taken.length - done, isCut };
}

/** @param max how many at most; more are told by `isCut`, and so is that not all were looked at */
async function wantedRows(
  tools: LetterTools,
  filter: LetterFilter,
  max: number,
): Promise<{ readonly found: readonly PlacedRow[]; readonly isCut: boolean }> {
  const policies = policiesOf(tools, filter);
  const found: PlacedRow[] = [];
  let cursor: string | null = null;
  let looked = 0;
  do {
    const page: Awaited<ReturnType<typeof pageAcross>> = await pageAcross(
      tools.store,
      'dead',
      policies,
      { limit: PAGE, cursor },
    );
    found.push(...page.items.filter((placed) => isWanted(filter, placed)));
    looked += page.items.length;
    cursor = page.next;
  } while (cursor !== null && found.length <= max && looked < LOOKED_MAX);
  return { found: found.slice(0, max), isCut: cursor !== null || found.length > max };
}
