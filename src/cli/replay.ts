import {
  EXIT,
  parseOptions,
  SERVER_OPTIONS,
  SERVER_OPTIONS_HELP,
  serverUrl,
  UsageError,
} from './options.ts';
import { RatingsError, readRatings } from './ratings.ts';
import { runHistory } from './run-history.ts';
import { serverLink } from './server-link.ts';

export const REPLAY_USAGE = `everstate replay FILE [options]

Sends a file of ratings to a server as commands, in time order. One rating a line, no header:
rater, rated, rating (-10 to 10, never 0), unix time. Every person is registered (as person-NUMBER),
a positive rating is a follow, a negative one a block. It may be interrupted, and so may the server:
the same command goes on where it ended, and nothing is done twice.

${SERVER_OPTIONS_HELP}

Exit code: 0 all answered, 1 stopped early or commands failed, 2 usage or file at fault,
130 interrupted.`;

/** `everstate replay`: returns the exit code. */
export async function replay(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, SERVER_OPTIONS);
  if (values.help) {
    console.log(REPLAY_USAGE);
    return EXIT.ok;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('replay takes one file');
  const link = serverLink(serverUrl(values.url), values.token ?? process.env.EVERSTATE_TOKEN);
  try {
    const history = await readRatings(file);
    return await runHistory(history, link, {
      fresh: values.fresh,
      resendExpired: values['resend-expired'],
      stateDir: values['state-dir'],
    });
  } catch (error) {
    if (!(error instanceof RatingsError)) throw error;
    console.error(`${file}: ${error.message}. Nothing was sent.`);
    return EXIT.usage;
  }
}
