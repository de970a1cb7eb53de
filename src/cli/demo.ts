import { syntheticGraph } from './graph.ts';
import {
  EXIT,
  parseOptions,
  SERVER_OPTIONS,
  SERVER_OPTIONS_HELP,
  serverUrl,
  UsageError,
  wholeNumber,
} from './options.ts';
import { runHistory } from './run-history.ts';
import { serverLink } from './server-link.ts';

export const DEMO_USAGE = `everstate demo [options]

Sends a made-up social graph to a server: people register, follow whom many follow already, and now
and then remove a follow, block or unblock. The same seed draws the same graph.

  --people N         how many people (1000)
  --commands N       how many commands after their registration (20000)
  --seed N           which graph (1)
${SERVER_OPTIONS_HELP}`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  people: { type: 'string', default: '1000' },
  commands: { type: 'string', default: '20000' },
  seed: { type: 'string', default: '1' },
} as const;

/** `everstate demo`: returns the exit code. */
export async function demo(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(DEMO_USAGE);
    return EXIT.ok;
  }
  if (positionals.length > 0) throw new UsageError(`demo takes no file: ${positionals.join(' ')}`);
  const graph = syntheticGraph({
    people: wholeNumber('people', values.people, 2, 1_000_000),
    commands: wholeNumber('commands', values.commands, 1, 10_000_000),
    seed: wholeNumber('seed', values.seed, 0, 4_294_967_295),
  });
  const link = serverLink(serverUrl(values.url), values.token ?? process.env.EVERSTATE_TOKEN);
  if (!(await link.answers())) {
    console.error(`No server answers at ${link.url}. Start one with: npm start`);
    return EXIT.failed;
  }
  const exit = await runHistory(graph.history, link, {
    fresh: values.fresh,
    resendExpired: values['resend-expired'],
    stateDir: values['state-dir'],
  });
  if (exit === EXIT.ok) console.log(whatToLookAt(link.url, graph.popular, graph.fan));
  return exit;
}

function whatToLookAt(url: string, popular: string, fan: string): string {
  return `What to look at now:
  ${popular}, whom most follow, and one who follows
    ${url}v1/relationships/${fan}/${popular}
  whom that one follows and blocks
    ${url}v1/accounts/${fan}/following
    ${url}v1/accounts/${fan}/blocked
  everything that ever happened to it
    ${url}v1/actors/account/${fan}/events
  every command, to read and to try
    ${url}docs`;
}
