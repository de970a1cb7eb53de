import {
  CONNECTION_OPTIONS,
  CONNECTION_OPTIONS_HELP,
  EXIT,
  parseOptions,
  serverOf,
  UsageError,
} from './options.ts';
import { pages, Unread } from './pages.ts';
import { type DeadLetter, deadLetter } from './policy-answers.ts';
import type { ServerLink } from './server-link.ts';
import { type Settling, settleAll, settleOne } from './settle.ts';
import { stopOnSignals } from './signals.ts';
import { number } from './table.ts';

export const DEAD_LETTERS_USAGE = `everstate dead-letters [options]
everstate dead-letters retry ID | --all [options]
everstate dead-letters discard ID | --all [options]

Shows the messages that policies gave up on after the last attempt, has one or all of them tried
again, or gives them up. What waits behind a message goes on once that is retried or discarded.

  --all              every dead letter there is now
  --policy NAME      only those of this policy
${CONNECTION_OPTIONS_HELP}`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  all: { type: 'boolean', default: false },
  policy: { type: 'string' },
} as const;

/** `everstate dead-letters`: returns the exit code. */
export async function deadLetters(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(DEAD_LETTERS_USAGE);
    return EXIT.ok;
  }
  const wanted = readWanted(positionals, values);
  const link = serverOf(values);
  const { signal, release } = stopOnSignals();
  try {
    return await run(link, wanted, signal);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    if (error.outcome.kind === 'interrupted') return EXIT.interrupted;
    console.error(`${link.url}: ${error.outcome.why}`);
    return EXIT.failed;
  } finally {
    release();
  }
}

/** What the command line asks for. `policy`: of which one alone. */
type Wanted =
  | { readonly kind: 'list'; readonly policy: string | undefined }
  | { readonly kind: 'one'; readonly how: Settling; readonly id: string }
  | { readonly kind: 'all'; readonly how: Settling; readonly policy: string | undefined };

/** @throws UsageError where it asks for nothing, or for two things at once */
function readWanted(
  [how, id, ...more]: string[],
  { all, policy }: { readonly all: boolean; readonly policy?: string | undefined },
): Wanted {
  if (how === undefined) {
    if (all) throw new UsageError('--all is for retry and discard');
    return { kind: 'list', policy };
  }
  if (how !== 'retry' && how !== 'discard') throw new UsageError(`dead-letters cannot ${how}`);
  if (more.length > 0) throw new UsageError(`${how} takes one ID`);
  if (all !== (id === undefined)) throw new UsageError(`${how} takes an ID or --all`);
  if (id === undefined) return { kind: 'all', how, policy };
  if (policy !== undefined) throw new UsageError('--policy goes with --all');
  return { kind: 'one', how, id };
}

/** @throws Unread */
async function run(link: ServerLink, wanted: Wanted, stop: AbortSignal): Promise<number> {
  switch (wanted.kind) {
    case 'list':
      return list(letters(link, wanted.policy, stop));
    case 'one':
      return settleOne(link, wanted.how, wanted.id);
    case 'all': {
      // All are read before one is settled: a place in a list that shrinks would skip some.
      const ids: string[] = [];
      for await (const { id } of letters(link, wanted.policy, stop)) ids.push(id);
      return settleAll(link, wanted.how, ids, stop);
    }
  }
}

/** The dead letters of all policies, or of one. @throws Unread */
async function* letters(
  link: ServerLink,
  policy: string | undefined,
  stop: AbortSignal,
): AsyncGenerator<DeadLetter> {
  const patience = { stop, patienceMs: 0 };
  for await (const items of pages(link, { path: 'v1/dead-letters' }, deadLetter, patience)) {
    yield* policy === undefined ? items : items.filter((letter) => letter.policy === policy);
  }
}

/** @throws Unread */
async function list(found: AsyncIterable<DeadLetter>): Promise<number> {
  let shown = 0;
  for await (const letter of found) {
    shown++;
    console.log(renderLetter(letter));
  }
  console.log(shown === 0 ? 'No dead letters.' : `${number(shown)} in all.`);
  return EXIT.ok;
}

function renderLetter(letter: DeadLetter): string {
  const waiting = letter.waiting === 0 ? '' : `, ${number(letter.waiting)} wait behind it`;
  return `${letter.id}
  ${letter.policy}, instance ${oneLine(letter.instance)}: ${letter.kind} ${letter.type}
  parked ${letter.parkedAt} after ${letter.attempts} attempts${waiting}
  ${oneLine(letter.error)}
`;
}

/** Text of the app's own making, fit for a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 200);
}
