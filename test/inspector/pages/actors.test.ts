/** The screen of all actors, and that of a trace, in a real Chromium. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { register } from '../../http/harness.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  LOOKS,
  startInspector,
} from '../browser.ts';
import { blockAmong, command, untilIndexed, untilLater } from '../index-answers.ts';

const MANY = 130;

let inspector: Inspector;
let block: string;

beforeAll(async () => {
  inspector = await startInspector();
  const { server } = inspector;
  for (let n = 0; n < MANY; n++) await register(server, `many_${String(n).padStart(3, '0')}`);
  block = await blockAmong(server);
  await untilLater();
  await register(server, 'zoe');
  await command(server, 'DeactivateAccount', { accountId: 'zoe' });
  await untilIndexed(server);
});
afterAll(() => inspector.close());

const names = (page: Page) => page.locator('.rows .name').allTextContents();
const firstName = (page: Page) => expect.poll(async () => (await names(page))[0]);

describe('the screen of all actors', () => {
  test('shows those first that changed last, with how many are in each state', async () => {
    const page = await inspector.open('/actors');
    await firstName(page).toBe('account:zoe');
    expect(await page.locator('.counts li').allTextContents()).toEqual([
      `account: registered.active ${MANY + 2}`,
      'account: registered.deactivated 1',
    ]);
    await expect.poll(() => page.locator('.found').textContent()).toContain('up to date');
    expect(await page.locator('.found').textContent()).toContain(`${MANY + 3} found`);
  });

  test('leads to those in a state, whatever that is called', async () => {
    const page = await inspector.open('/console');
    const counts = [{ type: 'account', state: 'waiting for mail, awake', count: 3 }];
    await page.route('**/inspector/api/actors?*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), counts } });
    });
    await page.getByRole('link', { name: 'Actors' }).click();
    await page.getByRole('link', { name: 'account: waiting for mail, awake 3' }).click();
    await page.getByText('No actor is like that').waitFor();
    expect(await page.getByLabel('Query').inputValue()).toBe(
      'type:account state:"waiting for mail"',
    );
  });

  test('keeps its query in its address, and says what is wrong with one', async () => {
    const page = await inspector.open('/actors', { expectedStatuses: [422] });
    await firstName(page).toBe('account:zoe');
    await page.keyboard.press('/');
    await page.keyboard.type('id:bo… state:active');
    await firstName(page).toBe('account:bob');
    // What was typed slowly may have been asked for in parts.
    const query = () => new URL(page.url()).searchParams.get('q');
    await expect.poll(query).toBe('id:bo… state:active');
    await expect.poll(() => names(page)).toEqual(['account:bob']);
    await page.getByLabel('Query').fill('colour:red');
    await page.getByRole('alert').getByText('There is no word colour:').waitFor();
    await page.goBack();
    const linked = await inspector.open('/actors?q=state%3Adeactivated');
    await firstName(linked).toBe('account:zoe');
    expect(await linked.getByLabel('Query').inputValue()).toBe('state:deactivated');
    await linked.getByLabel('Query').fill('id:nobody');
    await linked.getByText('No actor is like that.').waitFor();
  });

  test('reads more as one goes down, by keys alone, and opens an actor', async () => {
    const page = await inspector.open('/actors?q=many_');
    await firstName(page).toBe('account:many_000');
    // Only those that are seen are there.
    expect((await names(page)).length).toBeLessThan(MANY);
    for (let n = 0; n < 3; n++) await page.keyboard.press('j');
    await page.keyboard.press('k');
    await expect.poll(() => page.locator(':focus').textContent()).toBe('account:many_001');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/actors/account/many_001');
    await page.goBack();
    await firstName(page).toBe('account:many_000');
    await expect
      .poll(async () => {
        await page.locator('.scroller').evaluate((list) => list.scrollTo(0, list.scrollHeight));
        return (await names(page)).at(-1);
      })
      .toBe(`account:many_${MANY - 1}`);
    expect(await page.locator('.found').textContent()).toContain(`${MANY} found`);
  });

  test('shows what changes while it is looked at', async () => {
    const page = await inspector.open('/actors?q=state:active');
    await page.locator('.rows .name').first().waitFor();
    await register(inspector.server, 'newcomer');
    await firstName(page).toBe('account:newcomer');
    await page.locator('.rows .name', { hasText: 'account:newcomer' }).waitFor();
  });
});

test('says that actors are to come while their index is made', async () => {
  const page = await inspector.open('/');
  const rows = { items: [], nextCursor: null, total: 0, counts: [] };
  let index = { lag: 12, isBeginning: false };
  await page.route('**/inspector/api/actors?*', (route) =>
    index.lag > 0 ? route.fulfill({ json: { ...rows, index } }) : route.continue(),
  );
  await page.goto('/inspector/actors');
  await page.getByText('None so far: the index is being made').waitFor();
  await page.getByText('The index is 12 records behind.').waitFor();
  index = { lag: 0, isBeginning: false };
  await page.locator('.rows .name').first().waitFor();
});

describe('the screen of traces', () => {
  test('leads to what came of late', async () => {
    const body = { followerId: 'bob', followeeId: 'bob' };
    const refused = await command(inspector.server, 'FollowAccount', body);
    const page = await inspector.open('/traces');
    const row = page.locator('.trace-steps tbody tr', { hasText: refused });
    await row.getByText('rejected').waitFor();
    expect(await row.textContent()).toContain('FollowAccount');
    expect(await row.textContent()).toContain('account:bob');
    await row.getByRole('link', { name: refused }).click();
    await page.getByText('rejected: Cannot follow yourself', { exact: true }).waitFor();
  });
});

describe('the screen of a trace', () => {
  test('shows a block, and what the policy made of it on both accounts', async () => {
    const page = await inspector.open('/traces');
    await page.getByLabel('Trace id').fill(block);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/traces/${block}`);
    await page.locator('.trace-steps').waitFor();
    expect(await page.locator('.lifeline .name').allTextContents()).toEqual([
      'anonymous',
      'account:ann',
      'blocking',
      'account:bob',
    ]);
    expect((await page.locator('.arrow .label').allTextContents()).sort()).toEqual([
      'AccountBlocked',
      'BlockAccount',
      'RemoveFollower',
      'RemoveFollower',
    ]);
    const rows = page.locator('.trace-steps tbody tr');
    expect(await rows.count()).toBe(3);
    expect(await rows.first().textContent()).toContain('account:annBlockAccountAccountBlocked');
    for (const place of [1, 2]) {
      const text = await rows.nth(place).textContent();
      expect(text).toContain('RemoveFollowerFollowRemovedpolicy blocking');
      expect(text).toContain('on AccountBlocked of step 1');
    }
    await page.locator('.sequence a').first().click();
    await page.waitForURL('**/actors/account/ann?at=*');
  });

  test('shows why a command was refused', async () => {
    const body = { followerId: 'ann', followeeId: 'ann' };
    const refused = await command(inspector.server, 'FollowAccount', body);
    const page = await inspector.open(`/traces/${refused}`);
    await page.getByText('rejected: Cannot follow yourself', { exact: true }).waitFor();
    expect(await page.locator('.arrow.refused').count()).toBe(1);
  });

  test('says so where nothing is found of it', async () => {
    const page = await inspector.open(`/traces/${'0'.repeat(32)}`);
    await page.getByText('Nothing of this trace is found.').waitFor();
  });
});

test.each(LOOKS)('both can be used by everybody: $theme, $width', async (look) => {
  const page = await inspector.open('/actors', look);
  await page.locator('.rows .name').first().waitFor();
  await page.locator('.query-words summary').click();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await keepPicture(page, `actors-${look.theme}-${look.width}`);
  await page.goto(`/inspector/traces/${block}`);
  await page.locator('.trace-steps').waitFor();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await keepPicture(page, `trace-${look.theme}-${look.width}`);
});
