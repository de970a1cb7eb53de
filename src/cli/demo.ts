import { type Graph, syntheticGraph } from './graph.ts';
import {
  EXIT,
  parseOptions,
  SENDING_OPTIONS,
  SENDING_OPTIONS_HELP,
  serverOf,
  UsageError,
  wholeNumber,
} from './options.ts';
import { reportUnanswered, runHistory, type Settled } from './run-history.ts';
import { showBlock } from './show-block.ts';

export const DEMO_USAGE = `everstate demo [options]

Sends a made-up social graph to a server: people register, follow whom many follow already, and now
and then remove a follow, block or unblock. The same seed draws the same graph. Then it waits until
the policies have done their part, and lets a block take a follow with it.

  --people N         how many people (1000)
  --commands N       how many commands after their registration (20000)
  --seed N           which graph (1)
${SENDING_OPTIONS_HELP}`;

const OPTIONS = {
  ...SENDING_OPTIONS,
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
  const link = serverOf(values);
  if (!(await link.answers())) {
    console.error(`No server answers at ${link.url}. Start one with: npm start`);
    return EXIT.failed;
  }
  const options = {
    fresh: values.fresh,
    resendExpired: values['resend-expired'],
    stateDir: values['state-dir'],
  };
  return runHistory(graph.history, link, options, (settled) => showAround(graph, settled));
}

async function showAround(graph: Graph, { link, stop }: Settled): Promise<number> {
  const { popular, fan, stranger, history } = graph;
  if (stranger !== null) {
    const pair = { follower: stranger, followee: popular };
    const story = await showBlock(link, pair, { historyId: history.id, stop });
    if (story.kind !== 'answered') return reportUnanswered(story);
    console.log(`\n${story.value}`);
  }
  console.log(`
What to look at now:
  ${popular}, whom most follow, and one who follows
    ${link.url}v1/relationships/${fan}/${popular}
  whom that one follows and blocks
    ${link.url}v1/accounts/${fan}/following
    ${link.url}v1/accounts/${fan}/blocked
  everything that ever happened to it
    ${link.url}v1/actors/account/${fan}/events
  the same to look at, with its statechart
    ${link.url}inspector/actors/account/${fan}
  how the policies fare
    ${link.url}v1/policies
  every command, to read and to try
    ${link.url}docs`);
  return EXIT.ok;
}
