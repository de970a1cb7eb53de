/** One actor with a long history: its pages, and its states in between. */
import type { HistoryPages } from '../../../../src/inspector/protocol.ts';
import { HISTORY_ACCOUNT } from '../../load/workload.ts';
import { keep, ms, rate } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';
import { ask, askAll, judge, print } from './asked.ts';

const ACTOR = `/actors/account/${HISTORY_ACCOUNT}`;
const WAIT_MS_MAX = 300;

export async function history(target: Target, steps: number, { quick }: Options): Promise<void> {
  const { starts, jumpMs, requests } = await toTheMiddle(target, steps);
  const positions = await positionsOf(target, starts.at(-1) ?? '');
  const asked = await askAll(
    target,
    [
      { name: 'the actor', paths: [ACTOR] },
      { name: 'newest 100 steps', paths: [`${ACTOR}/history`] },
      {
        name: '100 steps in the middle',
        paths: starts.slice(-20).map((from) => `${ACTOR}/history?from=${from}`),
      },
      { name: 'starts of 20 pages', paths: [`${ACTOR}/history/pages`] },
      {
        name: 'a state in the middle',
        paths: positions.map((position) => `${ACTOR}/at/${position}`),
      },
    ],
    quick ? 0.5 : 2,
  );
  console.log(
    `\nAn actor of ${rate(steps)} steps, one request at a time. Going to its middle, where no page was read, ` +
      `took ${rate(requests)} requests and ${ms(jumpMs)} ms.`,
  );
  print(asked);
  judge(`one actor of ${rate(steps)} steps, ${target.name}`, asked, WAIT_MS_MAX);
  keep(`inspector, history, ${target.name}`, { steps, jumpMs, requests, asked });
}

/** Looks for where pages begin, as the page does for one who jumps to the middle. */
async function toTheMiddle(target: Target, steps: number) {
  const begun = performance.now();
  const starts: string[] = [];
  let from: string | null = null;
  let requests = 0;
  while (starts.length * 100 < steps / 2) {
    const search: string = from === null ? '' : `?from=${from}`;
    const pages = await ask<HistoryPages>(target, `${ACTOR}/history/pages${search}`);
    requests++;
    starts.push(...pages.starts);
    if (pages.next === null) break;
    from = pages.next;
  }
  return { starts, requests, jumpMs: performance.now() - begun };
}

/** Positions of the steps of a page. */
async function positionsOf(target: Target, from: string): Promise<readonly string[]> {
  const path = `${ACTOR}/history?from=${from}`;
  const { steps } = await ask<{ readonly steps: readonly { readonly position: string }[] }>(
    target,
    path,
  );
  return steps.map(({ position }) => position);
}
