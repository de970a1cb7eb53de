/** By keyboard alone everything on a screen is reached, and one sees where one is. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { PAGE_PATHS } from '../../../src/inspector/protocol.ts';
import { untilShown } from '../browser.ts';
import { type Standing, startStanding } from '../standing.ts';

/** More than any screen of the example has. */
const TABS_MAX = 500;

let standing: Standing;

beforeAll(async () => {
  standing = await startStanding();
});
afterAll(() => standing.close());

test.each(['', ...PAGE_PATHS])('on %s', async (pattern) => {
  const page = await standing.inspector.open(standing.exampleOf(pattern));
  await untilShown(page);
  const wanted = await usable(page);
  expect(wanted.length).toBeGreaterThan(5);
  const reached = new Set<number>();
  const unseen = new Set<string>();
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    await page.keyboard.press('Tab');
    const { at, name, isSeen } = await focused(page);
    // Behind the last one the browser's own controls come.
    if (at === -1) break;
    reached.add(at);
    if (!isSeen) unseen.add(name);
  }
  expect(
    wanted.filter((_, at) => !reached.has(at)),
    'never reached',
  ).toEqual([]);
  expect([...unseen], 'reached, and not to be told from the others').toEqual([]);
});

/** Names what can be used, and has the page remember it. */
async function usable(page: Page): Promise<readonly string[]> {
  return z.array(z.string()).parse(
    await page.evaluate(`
      window.usable = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex]',
      )].filter((one) => !one.disabled && one.getAttribute('tabindex') !== '-1' && one.checkVisibility());
      window.usable.map((one) => one.outerHTML.slice(0, 120));
    `),
  );
}

/** Where the focus is among what can be used, and whether that can be seen. */
async function focused(page: Page) {
  return z.object({ at: z.int(), name: z.string(), isSeen: z.boolean() }).parse(
    await page.evaluate(`
      (() => {
        const one = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        return {
          at: window.usable.indexOf(one),
          name: one.outerHTML.slice(0, 120),
          isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
        };
      })();
    `),
  );
}
