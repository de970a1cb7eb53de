import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { between, type History, person, registration } from './steps.ts';

/** A file of ratings is not what it should be; the message says where. */
export class RatingsError extends Error {
  override readonly name = 'RatingsError';
}

/** One line of the file. */
export interface Rating {
  readonly line: number;
  readonly rater: string;
  readonly rated: string;
  /** -10 to 10, never 0. */
  readonly value: number;
  /** Unix time in seconds. */
  readonly time: number;
}

const LINE = /^(\d{1,15}),(\d{1,15}),([+-]?\d{1,2}),(\d{1,12}(?:\.\d+)?)$/;

/**
 * Reads ratings, one a line: rater, rated, rating, unix time; no header.
 *
 * @throws RatingsError for the first line that is anything else.
 */
export function parseRatings(text: string): readonly Rating[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new RatingsError('the file is empty');
  return lines.map((line, index) => parseLine(line.replace(/\r$/, ''), index + 1));
}

function parseLine(text: string, line: number): Rating {
  const [, rater, rated, rating, time] = LINE.exec(text) ?? [];
  if (rater === undefined || rated === undefined || rating === undefined || time === undefined) {
    const shown = JSON.stringify(text.slice(0, 60));
    throw new RatingsError(`line ${line} is not "rater,rated,rating,time": ${shown}`);
  }
  const value = Number(rating);
  if (value === 0 || Math.abs(value) > 10) {
    throw new RatingsError(`line ${line}: a rating is -10 to 10 and never 0, not ${rating}`);
  }
  return { line, rater, rated, value, time: Number(time) };
}

/**
 * Ratings as commands, in time order (lines of the same second and fraction in file order): every
 * person is registered, a positive rating is a follow, a negative one a block.
 *
 * @param hash identity of the file's content; keys are derived from it and the line number
 */
export function ratingsHistory(ratings: readonly Rating[], hash: string): History {
  const id = `ratings-${hash.slice(0, 32)}`;
  const inOrder = ratings.toSorted((a, b) => a.time - b.time || a.line - b.line);
  const people = new Set(inOrder.flatMap(({ rater, rated }) => [rater, rated].map(accountId)));
  const registrations = [...people].map((name) => registration(id, person(name)));
  const steps = inOrder.map(({ line, rater, rated, value }) =>
    between(
      `${id}:line:${line}`,
      value > 0 ? 'FollowAccount' : 'BlockAccount',
      accountId(rater),
      accountId(rated),
    ),
  );
  return { id, phases: [registrations, steps] };
}

/** The account of person `number`; leading zeros do not make another person. */
export function accountId(number: string): string {
  return `person-${Number(number)}`;
}

/** @throws RatingsError where the file cannot be read or holds a malformed line. */
export async function readRatings(file: string): Promise<History> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RatingsError(`cannot be read: ${reason}`, { cause });
  });
  const hash = createHash('sha256').update(bytes).digest('hex');
  return ratingsHistory(parseRatings(bytes.toString('utf8')), hash);
}
