/** What the inspector costs, and how it holds out, beside the same without it. */
import { type FilledTarget, startFilled } from '../../parts/filled.ts';
import { EVENTS_PER_SECOND, Load, Viewers } from '../../parts/live.ts';
import { heading, megabytes, rate } from '../../parts/report.ts';
import type { Options } from '../options.ts';
import { askActors, INDEX_WANTED_MS, keepUp, makeIndex } from './actors.ts';
import { history } from './history.ts';
import { pages } from './pages.ts';
import { resting, startResting } from './resting.ts';
import { stalled } from './stalled.ts';

const MANY_ACCOUNTS = 1_000_000;

export async function inspector(options: Options): Promise<void> {
  const [accounts, steps] = options.quick ? [25_000, 20_000] : [100_000, 100_000];
  heading(
    'The inspector',
    `On Redis with ${rate(accounts)} accounts. FollowAccount in batches of 50 over HTTP, one event each, by 20,000\n` +
      `accounts in turn, ${rate(EVENTS_PER_SECOND)} a second, as far as two cores bear that beside all else. Nothing subscribes.`,
  );
  const rest = await startResting();
  const filled = await startFilled({
    store: 'redis',
    accounts,
    steps,
    subscribed: 'nothing',
    limits: { indexWantedMs: INDEX_WANTED_MS },
  });
  await describe(filled);
  const { target } = filled;
  const load = new Load(target);
  const viewers = new Viewers(target);
  try {
    await makeIndex(filled);
    await askActors(target, options);
    await history(target, steps, options);
    await keepUp(target, load, options);
    await stalled(target, { load, viewers }, options);
    await pages(target, load, options);
    await resting(rest, options);
  } finally {
    await load.stop();
    await viewers.stop();
    for (const one of [target, rest.never, rest.left]) await one.stop();
  }
  if (!options.quick) await many(options);
}

/** As many actors as there may be, embedded. */
async function many(options: Options): Promise<void> {
  const filled = await startFilled({
    store: 'embedded',
    accounts: MANY_ACCOUNTS,
    steps: 0,
    subscribed: 'nothing',
  });
  try {
    await describe(filled);
    await makeIndex(filled);
    await askActors(filled.target, options);
  } finally {
    await filled.target.stop();
  }
}

async function describe({ target, seconds, historySeconds, bytes }: FilledTarget): Promise<void> {
  console.log(
    `\n${target.name}: ${rate(target.accounts)} accounts took ${seconds.toFixed(0)} s to put there, a long history ` +
      `${historySeconds.toFixed(0)} s; together ${megabytes(await bytes())}.`,
  );
}
