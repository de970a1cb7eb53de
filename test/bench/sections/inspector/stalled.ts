/** Viewers whose sockets take nothing: what the server keeps for them. */
import { setTimeout as pause } from 'node:timers/promises';
import { EVENTS_PER_SECOND, type Load, type Viewers } from '../../parts/live.ts';
import { residentBytes } from '../../parts/processes.ts';
import { check, keep, megabytes, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';

const STALLED = 90;
/** What a server's memory moves by on its own, in bytes, and more. */
const MORE_MAX = 100e6;

interface Kept {
  readonly stalled: number;
  readonly before: number;
  readonly after: number;
  readonly heldBytes: number;
}

export async function stalled(
  target: Target,
  tools: { load: Load; viewers: Viewers },
  { quick }: Options,
): Promise<void> {
  const seconds = quick ? 8 : 30;
  const all: Kept[] = [];
  await tools.load.begin(EVENTS_PER_SECOND);
  for (const stalled of [0, STALLED]) {
    // One who takes all: so frames are made, whoever is stalled.
    await tools.viewers.begin(1, stalled);
    await pause(1_000);
    const before = residentBytes(target.pid) ?? Number.NaN;
    await pause(seconds * 1_000);
    const after = residentBytes(target.pid) ?? Number.NaN;
    const { heldBytes } = await tools.viewers.end();
    all.push({ stalled, before, after, heldBytes });
  }
  await tools.load.end();
  console.log(`\nMemory over ${seconds} s with viewers who take nothing, beside one who does:`);
  table(
    ['stalled', 'before', 'after', 'kept for each, kB'],
    all.map(({ stalled, before, after, heldBytes }) => [
      String(stalled),
      megabytes(before),
      megabytes(after),
      stalled === 0 ? '–' : rate(heldBytes / stalled / 1_000),
    ]),
  );
  const [without, having] = all.map(({ before, after }) => after - before);
  const more = ((having ?? Number.NaN) - (without ?? 0)) / MORE_MAX;
  check(`growth for ${STALLED} stalled viewers, of ${megabytes(MORE_MAX)}`, more, { max: 1 });
  keep(`inspector, stalled, ${target.name}`, all);
}
