/** How the whole system fares, at one look. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, register } from '../../http/harness.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  startInspector,
  untilShown,
} from '../browser.ts';

let inspector: Inspector;
beforeAll(async () => {
  inspector = await startInspector();
});
afterAll(() => inspector.close());

const follow = (followerId: string, followeeId: string) =>
  post(inspector.server, '/v1/commands/FollowAccount', { followerId, followeeId });

const rowOf = (page: Page, table: string, name: string) =>
  page.getByRole('region', { name: table }).getByRole('row', { name: new RegExp(`^${name} `) });

test('says what commands take, how many are refused, and that this is of one node', async () => {
  const page = await inspector.open('/');
  await page.getByText('It answered no command in that time').waitFor();
  await register(inspector.server, 'ann');
  for (let count = 0; count < 3; count++) await follow('ann', 'nobody');
  await register(inspector.server, 'bob');
  await follow('ann', 'bob');
  const row = rowOf(page, 'Commands of this node', 'FollowAccount');
  await row.waitFor();
  await expect.poll(() => row.textContent()).toMatch(/75 %0 %$/);
  await page.getByText('the node that answers this page, and to no other').waitFor();
  const { node } = inspector.server.engine.inside;
  await page.getByText(`Answered by ${node}.`).waitFor();
  await page.getByRole('row', { name: `${node} (this one) 64` }).waitFor();
});

test('shows how the feed grows, in a picture and in words', async () => {
  const page = await inspector.open('/');
  await page.locator('.live[data-state="live"]').waitFor();
  await page.getByText('0 a second now, 0 at most, 0 in the last minute').waitFor();
  for (const id of ['cleo', 'dora', 'emil']) await register(inspector.server, id);
  await page.getByRole('img', { name: /^Events by second: .* 3 in the last minute$/ }).waitFor();
  const growth = page.locator('.figure', { hasText: 'Records a second' }).locator('dd');
  await expect.poll(async () => Number(await growth.textContent())).toBeGreaterThan(0);
});

test('tells why not all was passed: what is paused, and how much waits for it', async () => {
  await inspector.server.engine.pausePolicy('blocking');
  const page = await inspector.open('/');
  const row = rowOf(page, 'Policies and projections', 'blocking');
  await expect.poll(() => row.textContent()).toMatch(/^blocking0paused/);
  await post(inspector.server, '/v1/commands/BlockAccount', { blockerId: 'ann', blockedId: 'bob' });
  await expect.poll(() => row.textContent()).toMatch(/^blocking[1-9]\d*paused/);
  const lag = page.locator('.figure', { hasText: 'Records behind' }).locator('dd');
  await expect.poll(async () => Number(await lag.textContent())).toBeGreaterThan(0);
  await row.getByRole('link', { name: 'blocking' }).click();
  await page.getByRole('heading', { level: 1, name: 'blocking' }).waitFor();
  await inspector.server.engine.resumePolicy('blocking');
});

test.each([
  { theme: 'light', width: 'wide' },
  { theme: 'dark', width: 'narrow' },
] as const)('can be read by everybody while it is full: $theme, $width', async (look) => {
  const page = await inspector.open('/', look);
  await page.locator('.live[data-state="live"]').waitFor();
  for (let count = 0; count < 3; count++) await follow('emil', 'nobody');
  await page.getByRole('row', { name: /^FollowRejected (Last minute )?3/ }).waitFor();
  await rowOf(page, 'Commands of this node', 'FollowAccount').waitFor();
  await untilShown(page);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await keepPicture(page, `overview-${look.theme}-${look.width}`);
});
