/** The engine in process, against plain ioredis running its commit script alone. */
import type { EngineOrder, EngineReport } from '../inner/engine.ts';
import { nextMessage, startNode, stop } from '../parts/children.ts';
import { median, micros } from '../parts/measure.ts';
import { cpuSeconds } from '../parts/processes.ts';
import { RedisServer, temporaryDirectory } from '../parts/redis.ts';
import { check, heading, keep, microseconds, rate, ratio, table } from '../parts/report.ts';
import { FOLLOWERS, type Options } from './options.ts';

const SUBJECTS = ['script', 'redis', 'embedded'] as const;
type SubjectName = (typeof SUBJECTS)[number];

const TITLES: Record<SubjectName, string> = {
  script: 'ioredis, commit script alone',
  redis: 'engine on Redis',
  embedded: 'engine, embedded',
};

interface Result {
  readonly perSecond: number;
  readonly micros: number;
  readonly redisMicros: number | null;
}

export async function engine(options: Options): Promise<void> {
  heading(
    'The engine in process',
    `FollowAccount spread over ${FOLLOWERS} accounts, submitted without HTTP, against plain ioredis\n` +
      "that runs the store's commit script alone, with the arguments of the same commits made\n" +
      `beforehand. Turns of ${options.rounds} rounds; medians. The engine also reads five facts a command.`,
  );
  const redis = await RedisServer.start();
  const child = startNode(new URL('../inner/engine.js', import.meta.url), [
    String(redis.port),
    temporaryDirectory(),
  ]);
  try {
    await nextMessage(child);
    const order = async (subject: SubjectName, inFlight: number): Promise<Result> => {
      const commands = options.quick ? 10_000 : 30_000;
      const before = cpuSeconds(redis.pid);
      child.send({ subject, inFlight, commands } satisfies EngineOrder);
      const report = await nextMessage<EngineReport>(child);
      return { ...report, redisMicros: micros(before, cpuSeconds(redis.pid), commands) };
    };
    for (const subject of SUBJECTS) await order(subject, 64);
    const kept: Record<string, Result> = {};
    const rows: string[][] = [];
    for (const inFlight of [16, 64, 256]) {
      const results = await takeTurns((subject) => order(subject, inFlight), options.rounds);
      for (const subject of SUBJECTS) {
        const result = results[subject];
        kept[`${subject} ${inFlight}`] = result;
        rows.push(row(inFlight, subject, result, results.script));
      }
    }
    table(['in flight', 'what', 'commands/s', 'ratio', 'node µs', 'redis µs'], rows);
    const figure = (kept['redis 64']?.perSecond ?? 0) / (kept['script 64']?.perSecond ?? 0);
    check('engine on Redis / commit script alone, 64 in flight', figure, { min: 0.6 });
    keep('engine', kept);
  } finally {
    await stop(child);
    await redis.stop();
  }
}

async function takeTurns(
  run: (subject: SubjectName) => Promise<Result>,
  rounds: number,
): Promise<Record<SubjectName, Result>> {
  const all: Record<SubjectName, Result[]> = { script: [], redis: [], embedded: [] };
  for (let round = 0; round < rounds; round++) {
    for (const subject of SUBJECTS) all[subject].push(await run(subject));
  }
  return {
    script: summary(all.script),
    redis: summary(all.redis),
    embedded: summary(all.embedded),
  };
}

function summary(results: readonly Result[]): Result {
  const known = results.map(({ redisMicros }) => redisMicros).filter((value) => value !== null);
  return {
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    micros: median(results.map((result) => result.micros)),
    redisMicros: known.length === 0 ? null : median(known),
  };
}

function row(inFlight: number, subject: SubjectName, result: Result, base: Result): string[] {
  return [
    String(inFlight),
    TITLES[subject],
    rate(result.perSecond),
    ratio(result.perSecond / base.perSecond),
    microseconds(result.micros),
    subject === 'embedded' ? '–' : microseconds(result.redisMicros),
  ];
}
