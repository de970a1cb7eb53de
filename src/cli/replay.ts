import { compared, expectedFigures } from './figures.ts';
import {
  EXIT,
  parseOptions,
  SENDING_OPTIONS,
  SENDING_OPTIONS_HELP,
  serverOf,
  UsageError,
} from './options.ts';
import { progressOn } from './progress.ts';
import { RatingsError, readRatings } from './ratings.ts';
import { reportUnanswered, runHistory, type Settled } from './run-history.ts';
import { seenFigures } from './seen.ts';
import type { History } from './steps.ts';

export const REPLAY_USAGE = `everstate replay FILE [options]

Sends a file of ratings to a server as commands, in time order. One rating a line, no header:
rater, rated, rating (-10 to 10, never 0), unix time. Every person is registered (as person-NUMBER),
a positive rating is a follow, a negative one a block. It may be interrupted, and so may the server:
the same command goes on where it ended, and nothing is done twice.

Then it waits until the policies have done their part, and compares what the server has come to with
what the file says it must.

${SENDING_OPTIONS_HELP}

Exit code: 0 all answered and as the file says, 1 stopped early, commands failed or figures differ,
2 usage or file at fault, 130 interrupted.`;

/** `everstate replay`: returns the exit code. */
export async function replay(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, SENDING_OPTIONS);
  if (values.help) {
    console.log(REPLAY_USAGE);
    return EXIT.ok;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('replay takes one file');
  const link = serverOf(values);
  try {
    const history = await readRatings(file);
    const options = {
      fresh: values.fresh,
      resendExpired: values['resend-expired'],
      stateDir: values['state-dir'],
    };
    return await runHistory(history, link, options, (settled) => compare(history, settled));
  } catch (error) {
    if (!(error instanceof RatingsError)) throw error;
    console.error(`${file}: ${error.message}. Nothing was sent.`);
    return EXIT.usage;
  }
}

/** Compares what the server has come to with what the file says; returns the exit code. */
async function compare(history: History, { link, tally, stop }: Settled): Promise<number> {
  const expected = expectedFigures(history);
  if (expected === null) {
    console.log(
      'Somebody follows more than the limit: what must stay cannot be told from the file.',
    );
    return EXIT.ok;
  }
  const accounts = history.phases.flat().flatMap(({ data: { accountId } }) => accountId ?? []);
  const progress = progressOn(process.stdout);
  progress.note('Reading what the server has come to, account by account:');
  progress.start(accounts.length, 0);
  const seen = await seenFigures(link, accounts, tally, {
    stop,
    onWaiting: (why) => progress.waiting(why),
    onAccount: () => {
      progress.waiting(null);
      progress.advance(1);
    },
  }).finally(() => progress.stop());
  if (seen.kind !== 'answered') return reportUnanswered(seen);
  const { text, differing } = compared(expected, seen.value);
  console.log(`\n${text}\n`);
  if (differing === 0) {
    console.log('All figures are those of the file.');
    return EXIT.ok;
  }
  console.error(`${differing} figures differ. Has this server got more than this one replay?`);
  return EXIT.failed;
}
