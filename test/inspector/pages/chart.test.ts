/** The drawing of a chart: what can be chosen in it, how large it is, and what stands for it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Charts } from '../../../src/inspector/chart/charts.ts';
import type { Chart } from '../../../src/inspector/protocol.ts';
import { post, register } from '../../http/harness.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  LOOKS,
  type Look,
  startInspector,
  untilShown,
} from '../browser.ts';
import { gallery, galleryEvents } from '../gallery.ts';

let inspector: Inspector;
let chart: Chart;

beforeAll(async () => {
  inspector = await startInspector();
  const summary = { kind: 'aggregate', name: 'gallery', version: 1, hash: 'hash' } as const;
  chart = await new Charts().chart(summary, gallery, galleryEvents);
  await register(inspector.server, 'ada');
  const twice = { followerId: 'ada', followeeId: 'ada' };
  await post(inspector.server, '/v1/commands/FollowAccount', twice);
});
afterAll(() => inspector.close());

/** The screen of a machine, with a chart of ours. */
async function openChart(shown: Chart, look: Look = {}): Promise<Page> {
  const page = await inspector.open('/', look);
  await page.route('**/inspector/api/machines/*/*', (route) => route.fulfill({ json: shown }));
  await page.goto('/inspector/machines/aggregate/account');
  await untilShown(page);
  return page;
}

const detailIn = (page: Page) => page.getByLabel('What is chosen in the chart');

test.each(LOOKS)(
  'everything that a machine can have is drawn for everybody: $theme, $width',
  async (look) => {
    const page = await openChart(chart, look);
    await page.locator('.chart svg').waitFor();
    await page.getByText('All signs').click();
    await page.getByRole('button', { name: /^aStateWhoseName/ }).click();
    await detailIn(page).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await keepPicture(page, `chart-${look.theme}-${look.width}`);
  },
);

test('a state and an arrow tell by keyboard all that is cut or folded', async () => {
  const page = await openChart(chart);
  const state = page.getByRole('button', { name: /^aStateWhoseName.*, state/ });
  await state.focus();
  await page.keyboard.press('Enter');
  expect(await state.getAttribute('aria-pressed')).toBe('true');
  const detail = detailIn(page);
  await detail.getByText('aStateWhoseNameIsSoLongThatNobodyWouldEverWriteItOut').waitFor();
  const rules = await detail.locator('li').allTextContents();
  expect(rules).toHaveLength(10);
  expect(rules[3]).toBe('ASK_3 / reject(Not the 3th time) – refuses');
  expect(rules.at(-1)).toBe('always [isPaid] → both');

  await page.getByRole('button', { name: /^CONFIRM, from checking/ }).focus();
  await page.keyboard.press(' ');
  await detail
    .getByText('customerHasConfirmedTheirAddressAndPaymentWithinTheLastSevenDays')
    .waitFor();
  await detail.getByText('remindTheCustomerThatSomethingIsMissing', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => detail.count()).toBe(0);
});

test('text is never drawn too small to read, unless somebody asks to see the whole', async () => {
  const page = await openChart(chart, { width: 'narrow' });
  const place = page.getByLabel('Statechart of gallery, drawn');
  /** How high the letters are, in pixels. */
  const letters = () =>
    page
      .locator('.chart svg')
      .evaluate(
        (svg) =>
          (svg.getBoundingClientRect().width / Number(svg.getAttribute('viewBox')?.split(' ')[2])) *
          11,
      );
  await expect.poll(letters).toBeGreaterThan(8);
  await page.getByRole('button', { name: 'Whole' }).click();
  await expect.poll(letters).toBeLessThan(8);
  await place.focus();
  await page.keyboard.press('0');
  await expect.poll(letters).toBeGreaterThan(8);
  const before = await letters();
  await page.keyboard.press('+');
  await expect.poll(letters).toBeGreaterThan(before);
  await place.evaluate((element) => element.scrollTo(0, 0));
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => place.evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(0);
  expect(new URL(page.url()).search).toBe('');
});

test('a chart that is not drawn stands in words', async () => {
  const page = await openChart({ ...chart, drawing: null, notDrawn: 'It is too large.' });
  await page.getByText('It is too large. It stands here in words.').waitFor();
  await page.getByText('CONFIRM [customerHas').waitFor();
  expect(await page.locator('.chart svg').count()).toBe(0);
  await expectAccessible(page);
});

test('arrows without labels can be gone to as well', async () => {
  const { drawing } = chart;
  if (!drawing) throw new Error('the gallery is not drawn');
  const edges = drawing.edges.map(({ points }) => ({ points, label: null }));
  const page = await openChart({ ...chart, drawing: { ...drawing, edges } });
  await page.getByRole('button', { name: /^RESUME, from paused/ }).focus();
  await page.keyboard.press('Enter');
  await detailIn(page).getByText('both.left.was').waitFor();
  await expectAccessible(page);
});

test('an actor leads to its commands in the console, and tells those that would be refused', async () => {
  const page = await inspector.open('/actors/account/ada');
  await untilShown(page);
  const refused = page.locator('.commands-now.refused');
  await refused.getByText('Email already registered').waitFor();
  expect(await refused.getByRole('link').allTextContents()).toEqual(['RegisterAccount']);
  // The rule that was taken is shown, though those that refuse are drawn as one.
  await expect
    .poll(() => page.locator('.chart .line.taken').textContent())
    .toContain('FollowAccount [followsItself]');
  await page
    .locator('.commands-now.open')
    .getByRole('link', { name: 'BlockAccount', exact: true })
    .click();
  await page.getByRole('heading', { name: 'BlockAccount' }).waitFor();
  expect(await page.getByLabel('blockerId').inputValue()).toBe('ada');
});
