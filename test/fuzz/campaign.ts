import { setTimeout as pause } from 'node:timers/promises';
import { Fuzz, type Report } from './run.ts';
import { type Holdings, type Subject, type SubjectKind, startSubject } from './subject.ts';

const SUBJECTS: readonly SubjectKind[] = [
  { store: 'embedded', hasCredentials: false },
  { store: 'redis', hasCredentials: true },
  { store: 'redis', hasCredentials: false },
  { store: 'embedded', hasCredentials: true },
];

/** Requests after which caches are as full as they get, as a share of all. */
const WARM_SHARE = 0.3;
const HEAP_GROWTH_MAX = 24 * 2 ** 20;
const RSS_MAX = 1.5 * 2 ** 30;
/** Beyond what was open before: what comes and goes of itself, timers of each partition among it. */
const OPEN_MORE_MAX = 4;
const TIMERS_MORE_MAX = 200;
const CLOSED_WITHIN_MS = 10_000;
const LOOK_MS = 100;

export interface Campaign {
  readonly requests: number;
  readonly seed: number;
  tell(line: string): void;
  readonly subjects?: readonly SubjectKind[];
}

/** Throws requests at one server after another. Whether nothing was wrong. */
export async function fuzzAll({
  requests,
  seed,
  tell,
  subjects = SUBJECTS,
}: Campaign): Promise<boolean> {
  let faults = 0;
  let sent = 0;
  for (const [index, kind] of subjects.entries()) {
    const began = performance.now();
    const subject = await startSubject(kind);
    try {
      const { report, held } = await fuzzOne(
        subject,
        Math.ceil(requests / subjects.length),
        seed + index,
      );
      const seconds = (performance.now() - began) / 1_000;
      tellReport(tell, subject.name, report, seconds, held);
      for (const { kind, reason, repeat, answer } of report.faults) {
        tell(`FAULT (${kind}): ${reason}\n  ${answer}\n  ${repeat}\n`);
      }
      faults += report.faults.length;
      sent += report.requests;
    } finally {
      await subject.end();
    }
  }
  tell(`fuzz: ${sent} requests, ${faults} faults, seed ${seed}`);
  if (faults > 0) tell(`to repeat: npm run fuzz -- --requests ${requests} --seed ${seed}`);
  return faults === 0;
}

async function fuzzOne(subject: Subject, requests: number, seed: number) {
  const before = await subject.holdings();
  const fuzz = await Fuzz.begin(subject, seed);
  await fuzz.run(Math.ceil(requests * WARM_SHARE));
  const warm = await subject.holdings();
  await fuzz.run(requests - fuzz.report.requests);
  const { report } = fuzz;
  const fault = (reason: string) =>
    void report.faults.push({
      kind: 'the server',
      reason,
      repeat: '',
      answer: subject.process.log,
    });
  const after = await closed(subject, before);
  for (const leak of leaks(before, after)) fault(leak);
  const growth = after.heap - warm.heap;
  if (growth > HEAP_GROWTH_MAX) fault(`its heap grew by ${megabytes(growth)} after it was warm`);
  if (after.rss > RSS_MAX) fault(`it holds ${megabytes(after.rss)}`);
  if (!subject.process.isRunning) fault('it ended');
  if (subject.process.log !== '') fault('it logged an error');
  const exit = await subject.process.terminate();
  if (exit !== 0) fault(`it ended with ${exit} when it was asked to end`);
  return { report, held: { before, warm, after } };
}

/** What is held once connections have ended, as far as they do. */
async function closed(subject: Subject, before: Holdings): Promise<Holdings> {
  const deadline = performance.now() + CLOSED_WITHIN_MS;
  for (;;) {
    const held = await subject.holdings();
    if (leaks(before, held).length === 0 || performance.now() > deadline) return held;
    await pause(LOOK_MS);
  }
}

function leaks(before: Holdings, after: Holdings): string[] {
  return Object.entries(after.open)
    .filter(([kind, count]) => {
      const more = kind === 'Timeout' ? TIMERS_MORE_MAX : OPEN_MORE_MAX;
      return count > (before.open[kind] ?? 0) + more;
    })
    .map(([kind, count]) => `it has ${count} ${kind} open, and had ${before.open[kind] ?? 0}`);
}

function tellReport(
  tell: Campaign['tell'],
  name: string,
  report: Report,
  seconds: number,
  held: Readonly<Record<'before' | 'warm' | 'after', Holdings>>,
): void {
  tell(`${name}: ${report.requests} requests in ${seconds.toFixed(1)} s`);
  tell(`  by status: ${counts(report.byStatus)}`);
  tell(`  by kind:   ${counts(report.byKind)}`);
  tell(`  by route:  ${counts(report.byRoute)}`);
  const heap = [held.before, held.warm, held.after].map((each) => megabytes(each.heap));
  tell(`  heap:      ${heap.join(' → ')}, resident ${megabytes(held.after.rss)}`);
}

function counts(counted: ReadonlyMap<string, number>): string {
  return [...counted]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${key} ${count}`)
    .join(', ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
