/** The screen of one actor: its chart, and the way through its history. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post, register } from '../../http/harness.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  LOOKS,
  startInspector,
  untilShown,
} from '../browser.ts';

let inspector: Inspector;

const send = (command: string, body: object) =>
  post(inspector.server, `/v1/commands/${command}`, body);

beforeAll(async () => {
  inspector = await startInspector();
  for (const id of ['ada', 'bob', 'eve']) await register(inspector.server, id);
  // With the registration 121 steps: more than a page of them.
  for (let n = 0; n < 59; n++) {
    await send('FollowAccount', { followerId: 'ada', followeeId: 'ada' });
    await send('BlockAccount', { blockerId: 'ada', blockedId: 'eve' });
  }
  await send('BlockAccount', { blockerId: 'ada', blockedId: 'bob' });
  // It follows nobody: no policy has anything to do with it any more.
  await send('DeactivateAccount', { accountId: 'ada' });
  await register(inspector.server, 'cyd');
});
afterAll(() => inspector.close());

async function openActor(id: string, at = ''): Promise<Page> {
  const page = await inspector.open(`/actors/account/${id}${at}`);
  await untilShown(page);
  await page.locator('.chart svg').waitFor();
  return page;
}

/** Names of the states that are drawn as active. */
const activeIn = (page: Page) =>
  page
    .locator('.chart .state .hit[aria-label*=", active"]')
    .evaluateAll((found) =>
      found.map((each) => (each.getAttribute('aria-label') ?? '').split(',')[0]),
    );
const placeIn = (page: Page) => page.locator('.scrubber .place').textContent();
const stateIn = (page: Page) => page.locator('.state-value').getAttribute('data-state');

test('the chart shows what is active, what was taken last and what may be taken next', async () => {
  const page = await openActor('ada');
  await expect.poll(() => stateIn(page)).toBe('registered.deactivated');
  expect(await activeIn(page)).toEqual(['registered', 'deactivated']);
  await expect.poll(() => page.locator('.chart .edge.taken').count()).toBe(1);
  const taken = page.locator('.chart .label.taken .hit');
  expect(await taken.getAttribute('aria-label')).toMatch(
    /^DeactivateAccount, from registered.active to registered.deactivated; .*taken by this step/,
  );
  const possible = await page.locator('.chart .line.possible').allTextContents();
  expect(possible.join()).toContain('DeactivateAccount / noEffect');
  await page.getByText('The chart in words').click();
  await page.getByText('registered.deactivated (active)').waitFor();
});

test('a chosen step shows the state of that step, and its address can be sent on', async () => {
  const page = await openActor('ada');
  await expect.poll(() => placeIn(page)).toBe('Step 121 of 121');
  await page.locator('.steps tbody tr').nth(2).getByRole('link').click();
  await page.getByText('Viewing the past').waitFor();
  await expect.poll(() => stateIn(page)).toBe('registered.active');
  expect(await activeIn(page)).toEqual(['registered', 'active']);
  expect(await placeIn(page)).toBe('Step 119 of 121');
  await expect
    .poll(() => page.locator('.chart .line.taken').textContent())
    .toContain('BlockAccount');

  const other = await openActor('ada', new URL(page.url()).search);
  await expect.poll(() => stateIn(other)).toBe('registered.active');
  await expect.poll(() => placeIn(other)).toBe('Step 119 of 121');
  expect(await other.locator('.steps tr[aria-current="step"]').textContent()).toContain('119');
});

test('keys alone go through all of the history', async () => {
  const page = await openActor('ada');
  await expect.poll(() => placeIn(page)).toBe('Step 121 of 121');
  await page.keyboard.press('[');
  await expect.poll(() => placeIn(page)).toBe('Step 120 of 121');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => placeIn(page)).toBe('Step 119 of 121');
  await page.keyboard.press(']');
  await expect.poll(() => placeIn(page)).toBe('Step 120 of 121');

  await page.keyboard.press('Home');
  await expect.poll(() => placeIn(page)).toBe('Step 1 of 121');
  await expect.poll(() => page.locator('.cause').textContent()).toContain('RegisterAccount');
  const difference = page.getByLabel('What the step changed');
  await expect.poll(() => difference.textContent()).toContain('unregistered');
  expect(await difference.textContent()).toContain('registered.active');
  expect(await difference.textContent()).toContain('context.username');
  await expect.poll(() => page.locator('.chart .label.taken').count()).toBe(1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => placeIn(page)).toBe('Step 2 of 121');

  await page.keyboard.press('Escape');
  await expect.poll(() => placeIn(page)).toBe('Step 121 of 121');
  await page.locator('.moment strong').getByText('Now').waitFor();
  expect(new URL(page.url()).search).toBe('');

  const slider = page.getByRole('slider', { name: 'Step' });
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => placeIn(page)).toBe('Step 120 of 121');
  await page.keyboard.press('Home');
  await expect.poll(() => placeIn(page)).toBe('Step 1 of 121');
});

test('every state and arrow can be gone to by keyboard, and has a name', async () => {
  const page = await openActor('ada');
  await page.getByRole('button', { name: 'Larger' }).focus();
  await page.keyboard.press('Tab');
  const names: string[] = [];
  for (let presses = 0; presses < 6; presses++) {
    await page.keyboard.press('Tab');
    names.push((await page.locator(':focus').getAttribute('aria-label')) ?? '');
  }
  expect(names).toEqual([
    'unregistered, state, initial',
    'registered, compound state, active',
    'active, state, initial',
    'deactivated, state, active',
    expect.stringMatching(/^RegisterAccount, from unregistered to registered/),
    expect.stringMatching(/^DeactivateAccount, from registered.active/),
  ]);
});

test('the present is followed, and the past stays as it is', async () => {
  const page = await openActor('cyd');
  await expect.poll(() => placeIn(page)).toBe('Step 1 of 1');
  await send('FollowAccount', { followerId: 'cyd', followeeId: 'bob' });
  await expect.poll(() => placeIn(page)).toBe('Step 2 of 2');
  await page.keyboard.press('Home');
  await page.getByText('Viewing the past').waitFor();
  await send('DeactivateAccount', { accountId: 'cyd' });
  // On the way back nothing is left out that came meanwhile.
  await expect.poll(() => placeIn(page)).toBe('Step 1 of 2');
  await page.keyboard.press(']');
  await expect.poll(() => placeIn(page)).toMatch(/^Step 2 of \d/);
  await page.keyboard.press('Escape');
  await expect.poll(() => stateIn(page)).toBe('registered.deactivated');
});

test('what is personal is not on the page', async () => {
  const page = await openActor('ada');
  await page.keyboard.press('Home');
  await expect.poll(() => placeIn(page)).toBe('Step 1 of 121');
  await expect.poll(() => page.locator('main').textContent()).toContain('•••••');
  expect(await page.locator('main').textContent()).not.toContain('@example.org');
});

test('a step leads to the console with its command filled in, but for what is masked', async () => {
  const page = await openActor('ada');
  await page.keyboard.press('Home');
  const open = page.getByRole('link', { name: 'Open in the console' });
  await page.getByText('Left out, since they are masked: email.').waitFor();
  await open.click();
  await page.getByRole('heading', { name: 'RegisterAccount' }).waitFor();
  expect(await page.getByLabel('accountId').inputValue()).toBe('ada');
  expect(await page.getByLabel('email').inputValue()).toBe('');
  expect(decodeURIComponent(page.url())).not.toContain('•');
  await page.goBack();
  await page.locator('.steps tr[aria-current="step"]').waitFor();
  await page.keyboard.press(']');
  await expect.poll(() => placeIn(page)).toBe('Step 2 of 121');
  await page.getByText('Left out').waitFor({ state: 'detached' });
  await open.click();
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.getByRole('heading', { name: 'It would be rejected' }).waitFor();
});

test('who leaves while a step is looked for is not taken back', async () => {
  const page = await openActor('ada');
  await page.keyboard.press('[');
  await page.getByText('Viewing the past').waitFor();
  // The newest step is looked for among those that may have come meanwhile.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/actors/account/ada/history', async (route) => {
    const answer = await route.fetch();
    await held;
    // The browser may have ended it.
    await route.fulfill({ response: answer }).catch(() => undefined);
  });
  const asked = page.waitForRequest('**/actors/account/ada/history');
  const ended = page.waitForEvent('requestfailed');
  await page.keyboard.press(']');
  await asked;
  await page.getByRole('link', { name: 'Overview' }).click();
  expect((await ended).url()).toMatch(/history$/);
  letGo();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});

test('says so where there is no such actor, or no such step', async () => {
  const nobody = await inspector.open('/actors/account/nobody', { expectedStatuses: [404] });
  await nobody.getByText('Nothing was ever recorded of it').waitFor();
  expect(await nobody.getByRole('alert').count()).toBe(0);
  const nowhere = await inspector.open('/actors/account/ada?at=0:1', { expectedStatuses: [404] });
  await nowhere.getByText('The actor has no such step').waitFor();
  await nowhere.keyboard.press('Escape');
  await expect.poll(() => stateIn(nowhere)).toBe('registered.deactivated');
});

test.each(LOOKS)('can be used by everybody in the past too: $theme, $width', async (look) => {
  const page = await inspector.open('/actors/account/ada', look);
  await untilShown(page);
  await page.keyboard.press('[');
  await page.getByText('Viewing the past').waitFor();
  await page.locator('.chart svg').waitFor();
  await untilShown(page);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await keepPicture(page, `actor-past-${look.theme}-${look.width}`);
});
