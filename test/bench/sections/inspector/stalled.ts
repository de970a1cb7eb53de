/**
 * Viewers whose sockets take nothing: what the server keeps for them. What is on the way lies in the
 * system's buffers, which hold some megabytes a socket: only then does the server drop frames.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { EVENTS_PER_SECOND, type Load, type Viewers } from '../../parts/live.ts';
import { residentBytes } from '../../parts/processes.ts';
import { check, keep, megabytes, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';

const STALLED = 90;
/** What a server's memory moves by on its own, and more. */
const GROWTH_MAX_MB = 100;

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
  const seconds = quick ? 6 : 30;
  const all: Kept[] = [];
  await tools.load.begin(EVENTS_PER_SECOND);
  for (const [stalled, long] of [
    [0, seconds / 3],
    [STALLED, seconds],
  ] as const) {
    // One who takes all: so frames are made, whoever is stalled.
    await tools.viewers.begin(1, stalled);
    await pause(1_000);
    const before = residentBytes(target.pid) ?? Number.NaN;
    await pause(long * 1_000);
    const after = residentBytes(target.pid) ?? Number.NaN;
    const { heldBytes } = await tools.viewers.end();
    all.push({ stalled, before, after, heldBytes });
  }
  await tools.load.end();
  console.log(
    `\nMemory, over ${seconds} s with viewers who take nothing beside one who does, and over a third of that without:`,
  );
  table(
    ['stalled', 'before', 'after', 'kB in buffers of each'],
    all.map(({ stalled, before, after, heldBytes }) => [
      String(stalled),
      megabytes(before),
      megabytes(after),
      stalled === 0 ? '–' : rate(heldBytes / stalled / 1_000),
    ]),
  );
  const { before = Number.NaN, after = Number.NaN } = all.at(-1) ?? {};
  check(`growth with ${STALLED} stalled viewers, MB`, (after - before) / 1e6, {
    max: GROWTH_MAX_MB,
  });
  keep(`inspector, stalled, ${target.name}`, all);
}
