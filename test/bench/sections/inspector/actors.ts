/** The index of actors: what it takes to make and to keep up, and how soon it answers. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ActorPage } from '../../../../src/inspector/protocol.ts';
import { accountId } from '../../load/workload.ts';
import type { FilledTarget } from '../../parts/filled.ts';
import { coreShare, EVENTS_PER_SECOND, type Load, percent } from '../../parts/live.ts';
import { median } from '../../parts/measure.ts';
import { cpuSeconds, residentBytes } from '../../parts/processes.ts';
import { keep, megabytes, microseconds, rate } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';
import { ask, askAll, judge, print, type Questions } from './asked.ts';

const FIRST_ROWS_MS_MAX = 300;
/** How often the index is looked at while it is made, or kept up: as the page does, or more often. */
const LOOK_MS = 500;
const MADE_MS_MAX = 300_000;
const SECONDS = 2;

const look = (target: Target): Promise<ActorPage> => ask<ActorPage>(target, '/actors?limit=50');

/** Has the index of all actors made. */
export async function makeIndex({ target, bytes }: FilledTarget): Promise<void> {
  const { accounts, pid } = target;
  const [storeBefore, cpuBefore, start] = [await bytes(), cpuSeconds(pid), performance.now()];
  let first: number | null = null;
  for (;;) {
    const asked = performance.now();
    const { index, total } = await look(target);
    first ??= performance.now() - asked;
    if (index.lag === 0 && !index.isBeginning && (total ?? 0) >= accounts) break;
    if (performance.now() - start > MADE_MS_MAX) {
      console.log(
        `\nThe index was not made in time: it has ${rate(total ?? 0)} of ${rate(accounts)} actors.`,
      );
      return;
    }
    await pause(LOOK_MS);
  }
  const seconds = (performance.now() - start) / 1_000;
  const cpu = (cpuSeconds(pid) ?? Number.NaN) - (cpuBefore ?? Number.NaN);
  const took = {
    accounts,
    seconds,
    firstAnswerMs: first,
    cpuMicros: (1e6 * cpu) / accounts,
    bytes: ((await bytes()) - storeBefore) / accounts,
    memory: residentBytes(pid),
  };
  console.log(
    `\nThe index of ${rate(accounts)} actors was made in ${seconds.toFixed(0)} s, by ` +
      `${percent(cpu / seconds)} of a core: ${microseconds(took.cpuMicros)} µs and ` +
      `${rate(took.bytes)} bytes of the store an actor. The server then has ` +
      `${took.memory === null ? 'memory that cannot be told' : megabytes(took.memory)}.`,
  );
  keep(`inspector, index made, ${target.name}, ${rate(accounts)}`, took);
}

/** Asks for first pages, and for pages further on, by every kind of query. */
export async function askActors(target: Target, { quick }: Options): Promise<void> {
  const asked = await askAll(target, await questions(target), quick ? 0.5 : 2);
  console.log(`\nFirst rows of ${rate(target.accounts)} actors, 50 a page, one request at a time:`);
  print(asked);
  judge(`first rows of ${rate(target.accounts)}, ${target.name}`, asked, FIRST_ROWS_MS_MAX);
  keep(`inspector, actors, ${target.name}, ${rate(target.accounts)}`, asked);
}

async function questions(target: Target): Promise<readonly Questions[]> {
  const { accounts } = target;
  const some = Array.from({ length: 100 }, (_, place) =>
    accountId(Math.floor((place / 100) * accounts)),
  );
  const of = (...queries: readonly string[]): Questions['paths'] =>
    queries.map((q) => `/actors?limit=50&q=${encodeURIComponent(q)}`);
  return [
    { name: '(all)', paths: of('') },
    { name: 'type:account', paths: of('type:account') },
    { name: 'state:active', paths: of('state:active') },
    { name: 'type:account state:deactivated', paths: of('type:account state:deactivated') },
    { name: 'id:acc-000012345', paths: of(...some.map((id) => `id:${id}`)) },
    { name: 'id:acc-0000123…', paths: of(...some.map((id) => `id:${id.slice(0, -2)}…`)) },
    { name: 'acc (all begin so)', paths: of('acc') },
    { name: 'stale:>1h', paths: of('stale:>1h') },
    { name: 'stale:>1d state:deactivated', paths: of('stale:>1d state:deactivated') },
    { name: '(all), 20 pages further', paths: [await further(target, 20)] },
  ];
}

/** The path of the page so many further on. */
async function further(target: Target, pages: number): Promise<string> {
  let path = '/actors?limit=50&q=';
  for (let page = 0; page < pages; page++) {
    const { nextCursor } = await ask<ActorPage>(target, path);
    if (nextCursor === null) return path;
    path = `/actors?limit=50&q=&cursor=${nextCursor}`;
  }
  return path;
}

/** What the index costs while events come and somebody looks at the list. */
export async function keepUp(target: Target, load: Load, { quick }: Options): Promise<void> {
  const rounds = quick ? 2 : 3;
  const micros: number[] = [];
  const shares: number[] = [];
  await load.begin(EVENTS_PER_SECOND);
  for (let round = 0; round < rounds; round++) {
    const watched = await whileLooking(target);
    // Nobody looks for as long as the index is kept up: it rests again.
    await pause(INDEX_WANTED_MS + 500);
    const alone = await coreShare(target.pid, SECONDS);
    shares.push(watched.share - alone);
    micros.push((1e6 * (watched.share - alone) * watched.seconds) / watched.indexed);
  }
  const { commands, seconds } = await load.end();
  const [share, cost] = [median(shares), median(micros)];
  console.log(
    `\nKeeping the index up at ${rate(commands / seconds)} records a second, looked at twice a second, takes ` +
      `${percent(share)} of a core: ${microseconds(cost)} µs a record.`,
  );
  keep(`inspector, index kept up, ${target.name}`, { commands, seconds, shares, micros });
}

/** For how long the index is kept up after a look, in milliseconds: minutes, but for the bench. */
export const INDEX_WANTED_MS = 3_000;

/** For how long the index may take up what came while nobody looked, in milliseconds. */
const CAUGHT_UP_MS_MAX = 20_000;

async function whileLooking(target: Target) {
  const until = performance.now() + CAUGHT_UP_MS_MAX;
  let start = await look(target);
  while (start.index.lag > 2 * EVENTS_PER_SECOND && performance.now() < until) {
    await pause(LOOK_MS);
    start = await look(target);
  }
  const before = await records(target);
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      await pause(LOOK_MS);
      await look(target);
    }
  })();
  const begun = performance.now();
  const share = await coreShare(target.pid, SECONDS);
  const seconds = (performance.now() - begun) / 1_000;
  const after = await records(target);
  const end = await look(target);
  isOver = true;
  await looking;
  return { share, seconds, indexed: after - before + start.index.lag - end.index.lag };
}

async function records(target: Target): Promise<number> {
  return (await ask<{ readonly records: number }>(target, '/overview')).records;
}
