/** The page in a real Chromium: frames a second, what it takes of a core, how soon it shows rows. */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { EVENTS_PER_SECOND, isReached, Load, percent } from '../../parts/live.ts';
import { median, percentiles } from '../../parts/measure.ts';
import { check, keep, ms, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SIZE = { width: 1400, height: 900 };
/** The same page beside a load that leaves it a core. */
const RATES = [EVENTS_PER_SECOND, 500];
/** Events of the one actor that is looked at, a second. */
const OF_ONE_PER_SECOND = 50;
/** After a screen is there, before its frames are counted, in milliseconds. */
const SETTLE_MS = 1_500;
const FRAMES_PER_SECOND_MIN = 55;
const FIRST_ROWS_MS_MAX = 300;

/** A screen, and what is done on it while its frames are counted. */
interface Screen {
  readonly name: string;
  readonly path: string;
  /** What shows that it is there. */
  readonly shown: string;
  /** A script that goes on until the page ends. */
  readonly busy: string | null;
}

interface Seen {
  readonly screen: string;
  readonly perSecond: number;
  /** Between two frames, in milliseconds. */
  readonly frameMs: { readonly p50: number; readonly p95: number; readonly max: number };
  /** Of one core, in the page's main thread. */
  readonly task: number;
  readonly script: number;
  readonly layout: number;
}

export async function pages(target: Target, load: Load, { quick }: Options): Promise<void> {
  if (!existsSync(CHROMIUM)) {
    console.log(
      `\nThe page is not measured: there is no Chromium at ${CHROMIUM}; CHROMIUM says where it is.`,
    );
    return;
  }
  const seconds = quick ? 3 : 6;
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const ofOne = new Load(target);
  try {
    const one = await ofOne.beginOfOne(OF_ONE_PER_SECOND);
    for (const wanted of quick ? RATES.slice(0, 1) : RATES) {
      await load.begin(wanted);
      const first = await firstRows(browser, target, quick ? 3 : 10);
      const seen: Seen[] = [];
      for (const screen of screensOf(one)) seen.push(await look(browser, target, screen, seconds));
      const sent = await load.end();
      const perSecond = sent.commands / sent.seconds + OF_ONE_PER_SECOND;
      print({ wanted, perSecond, first, seen });
      keep(`inspector, page, ${rate(wanted)} events/s`, { sent, first, seen });
    }
  } finally {
    await ofOne.end();
    await ofOne.stop();
    await browser.close();
  }
}

function screensOf(one: string): readonly Screen[] {
  const list = { path: '/actors', shown: '.actor-row[data-index]' };
  return [
    { name: 'overview', path: '', shown: '.figures', busy: null },
    { name: 'actors', ...list, busy: null },
    { name: 'actors, scrolled', ...list, busy: SCROLLING },
    {
      name: 'an actor that changes',
      path: `/actors/account/${one}`,
      shown: '.state-value',
      busy: null,
    },
  ];
}

/** Goes down a list, which has more and more rows read, and up again. */
const SCROLLING = `{
  const scroller = document.querySelector('.actor-list .scroller');
  let step = 40;
  const scroll = () => {
    scroller.scrollTop += step;
    const isEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
    if (scroller.scrollTop === 0 || (isEnd && scroller.scrollTop > 20_000)) step = -step;
    requestAnimationFrame(scroll);
  };
  scroll();
}`;

/** Counts frames, by the times at which the browser draws them. */
const COUNTING = (ms: number) => `new Promise((resolve) => {
  const times = [];
  const take = (time) => {
    times.push(time);
    if (time - times[0] < ${ms}) requestAnimationFrame(take);
    else resolve(times);
  };
  requestAnimationFrame(take);
})`;

async function opened(browser: Browser, { port }: Target): Promise<BrowserContext> {
  return browser.newContext({ baseURL: `http://127.0.0.1:${port}`, viewport: SIZE });
}

async function look(
  browser: Browser,
  target: Target,
  screen: Screen,
  seconds: number,
): Promise<Seen> {
  const context = await opened(browser, target);
  try {
    const page = await context.newPage();
    await page.goto(`/inspector${screen.path}`);
    await page.locator(screen.shown).first().waitFor();
    await pause(SETTLE_MS);
    if (screen.busy !== null) await page.evaluate(screen.busy);
    const meter = await meterOf(page);
    const before = await meter();
    const times = await page.evaluate<number[]>(COUNTING(seconds * 1_000));
    const after = await meter();
    const between = times.slice(1).map((time, place) => time - (times[place] ?? 0));
    const took = (times.at(-1) ?? 0) - (times[0] ?? 0);
    const share = (name: string) =>
      ((after.get(name) ?? 0) - (before.get(name) ?? 0)) /
      ((after.get('Timestamp') ?? 0) - (before.get('Timestamp') ?? 0));
    const { p50, max } = percentiles(between);
    return {
      screen: screen.name,
      perSecond: (1_000 * between.length) / took,
      frameMs: { p50, p95: quantile(between, 0.95), max },
      task: share('TaskDuration'),
      script: share('ScriptDuration'),
      layout: share('LayoutDuration') + share('RecalcStyleDuration'),
    };
  } finally {
    await context.close();
  }
}

/** What Chromium counts for a page from now on, in seconds: asked for as often as wanted. */
async function meterOf(page: Page): Promise<() => Promise<ReadonlyMap<string, number>>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/** When the first row of the list was drawn, in milliseconds since somebody went there. */
const FIRST_ROW = `window.firstRow = new Promise((resolve) => {
  const look = (time) => {
    if (document.querySelector('.actor-row[data-index]')) resolve(time);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})`;

/** Milliseconds from going to the list until its first row is drawn: as one who was there before. */
async function firstRows(
  browser: Browser,
  target: Target,
  times: number,
): Promise<readonly number[]> {
  const context = await opened(browser, target);
  const found: number[] = [];
  try {
    await context.addInitScript({ content: FIRST_ROW });
    const page = await context.newPage();
    // The first time, the browser has nothing of the page at hand, and has run none of it.
    for (let time = 0; time <= times; time++) {
      await page.goto('/inspector/actors');
      const at = await page.evaluate<number>('window.firstRow');
      if (time > 0) found.push(at);
    }
  } finally {
    await context.close();
  }
  return found;
}

function print(results: {
  readonly wanted: number;
  readonly perSecond: number;
  readonly first: readonly number[];
  readonly seen: readonly Seen[];
}): void {
  const { wanted, perSecond, first, seen } = results;
  console.log(
    `\nThe page in Chromium, drawn without a graphics card, beside ${rate(perSecond)} events a second. The first row of the\n` +
      `list was drawn ${rate(median(first))} ms after going there, ${rate(Math.max(...first))} at most.`,
  );
  table(
    ['screen', 'frames/s', 'frame p50 ms', 'p95', 'most', 'of a core', 'script', 'layout'],
    seen.map(({ screen, perSecond, frameMs, task, script, layout }) => [
      screen,
      perSecond.toFixed(1),
      ms(frameMs.p50),
      ms(frameMs.p95),
      ms(frameMs.max),
      percent(task),
      percent(script),
      percent(layout),
    ]),
  );
  if (!isReached(perSecond, wanted)) return;
  const slowest = seen.reduce((a, b) => (b.perSecond < a.perSecond ? b : a));
  const beside = `beside ${rate(wanted)} events/s`;
  check(`frames a second ${beside}, the fewest: ${slowest.screen}`, slowest.perSecond, {
    min: FRAMES_PER_SECOND_MIN,
  });
  check(`first row of the list ${beside}, ms`, median(first), { max: FIRST_ROWS_MS_MAX });
}
