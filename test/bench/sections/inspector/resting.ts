/** Nobody looks: what commands cost where nobody ever did, and where somebody did and left. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Overview } from '../../../../src/inspector/protocol.ts';
import { ACTIVE_SHARE } from '../../load/workload.ts';
import { startFilled } from '../../parts/filled.ts';
import { Viewers } from '../../parts/live.ts';
import { takeTurns, warmUp } from '../../parts/measure.ts';
import { check, keep, microseconds, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import { FOLLOWERS, type Options } from '../options.ts';
import { INDEX_WANTED_MS } from './actors.ts';
import { ask } from './asked.ts';

const ACCOUNTS = 20_000;
const CONNECTIONS = 64;
const LOOKED_MS = 1_000;
/** When all that looking begins has come to rest, and more, in milliseconds. */
const REST_MS = 40_000;
/** What commands may cost more. */
const RATIO_MAX = 1.1;

/** Two servers that are alike, but that somebody looked at one of them. */
export interface Resting {
  readonly never: Target;
  readonly left: Target;
  /** By the monotonic clock. */
  readonly leftAt: number;
}

/** Starts both, and looks and leaves: some time before they are measured, so that all rests by then. */
export async function startResting(): Promise<Resting> {
  const limits = { indexWantedMs: INDEX_WANTED_MS };
  const filling = {
    store: 'redis',
    accounts: ACCOUNTS,
    steps: 0,
    subscribed: 'nothing',
    limits,
  } as const;
  const { target: never } = await startFilled(filling);
  const { target: left } = await startFilled(filling);
  // The last tenth was deactivated: what nobody follows, and who follows nobody.
  for (const target of [never, left]) target.accounts = ACTIVE_SHARE * ACCOUNTS;
  await lookAndLeave(left);
  return { never, left, leftAt: performance.now() };
}

export async function resting(
  { never, left, leftAt }: Resting,
  { rounds, seconds }: Options,
): Promise<void> {
  await pause(Math.max(0, leftAt + REST_MS - performance.now()));
  const spread = { kind: 'spread', first: 0, followers: FOLLOWERS } as const;
  for (const target of [never, left]) await warmUp(target, spread);
  const found = await takeTurns(
    [
      { name: 'never', target: never, spread },
      { name: 'left', target: left, spread },
    ],
    CONNECTIONS,
    { rounds: 2 * rounds, seconds },
  );
  print(found);
}

/** Opens what the page asks for, live streams too, and waits until all that rests again. */
async function lookAndLeave(target: Target): Promise<void> {
  const viewers = new Viewers(target);
  await viewers.begin(2);
  const end = performance.now() + LOOKED_MS;
  while (performance.now() < end) {
    await ask<Overview>(target, '/overview');
    await ask(target, '/actors?limit=50');
    await pause(100);
  }
  await viewers.end();
  await viewers.stop();
}

type Samples = Awaited<ReturnType<typeof takeTurns<'never' | 'left'>>>;

function print(samples: Samples): void {
  const names = { never: 'never opened', left: 'opened, and left' };
  const rows = (['never', 'left'] as const).map((name) => {
    const { perSecond = Number.NaN, serverMicros = null, redisMicros = null } = samples[name] ?? {};
    return [names[name], rate(perSecond), microseconds(serverMicros), microseconds(redisMicros)];
  });
  console.log('\nNobody looks: single commands over HTTP, 64 connections, two servers by turns.');
  table(['inspector', 'commands/s', 'server µs', 'redis µs'], rows);
  const of = (pick: 'serverMicros' | 'redisMicros') =>
    (samples.left?.[pick] ?? Number.NaN) / (samples.never?.[pick] ?? Number.NaN);
  check('server CPU a command, opened and left / never opened', of('serverMicros'), {
    max: RATIO_MAX,
  });
  check('Redis CPU a command, opened and left / never opened', of('redisMicros'), {
    max: RATIO_MAX,
  });
  keep('inspector, nobody looks', samples);
}
