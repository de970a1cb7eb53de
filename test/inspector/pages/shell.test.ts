/** What is around the screens: where one is, how one gets elsewhere, who may look. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  expectAccessible,
  type Inspector,
  keepPicture,
  startInspector,
  turn,
  untilShown,
} from '../browser.ts';

let open: Inspector;
let locked: Inspector;

beforeAll(async () => {
  open = await startInspector();
  locked = await startInspector({ credentials: { tokens: ['open-sesame'], jwt: null } });
});
afterAll(() => Promise.all([open.close(), locked.close()]));

test('keys lead to every screen, and its heading has the focus', async () => {
  const page = await open.open('/');
  await untilShown(page);
  for (const [letter, heading, path] of [
    ['c', 'Console', '/inspector/console'],
    ['o', 'Overview', '/inspector'],
  ]) {
    // One right after the other: there is a time for the second.
    await Promise.all([page.keyboard.press('g'), page.keyboard.press(letter ?? '')]);
    await page.locator('h1:focus', { hasText: heading ?? '' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(path);
  }
  await page.goBack();
  await page.locator('h1:focus', { hasText: 'Console' }).waitFor();
});

test('a letter alone leads nowhere, nor does one that is typed', async () => {
  const page = await open.open('/console/RegisterAccount');
  await page.keyboard.press('c');
  await page.getByLabel('username').fill('');
  await page.getByLabel('username').pressSequentially('go?');
  expect(await page.getByLabel('username').inputValue()).toBe('go?');
  expect(await page.locator('h1').textContent()).toBe('RegisterAccount');
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('? lists the keys, and Escape leads back to where one was', async () => {
  const page = await open.open('/console');
  await untilShown(page);
  await page.getByRole('link', { name: 'BlockAccount', exact: true }).focus();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor();
  expect(await dialog.textContent()).toContain('goes to the console');
  await expectAccessible(page);
  await keepPicture(page, 'keys');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.locator('a:focus', { hasText: 'BlockAccount' }).waitFor();
});

test('the first Tab leads past the navigation', async () => {
  const page = await open.open('/console');
  await untilShown(page);
  await page.keyboard.press('Tab');
  await page.locator('a:focus', { hasText: 'Skip to the screen' }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.locator('main a:focus').first().waitFor();
});

test('a chosen theme goes before that of the system, and stays', async () => {
  const page = await open.open('/');
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await untilShown(page);
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  await expect.poll(ground).not.toBe(light);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByLabel('Theme').selectOption('light');
  await expect.poll(ground).toBe(light);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByLabel('Theme').selectOption('dark');
  await page.reload();
  await expect.poll(ground).not.toBe(light);
  expect(await page.locator('html[data-theme="dark"]').count()).toBe(1);
  expect(await page.getByLabel('Theme').inputValue()).toBe('dark');
});

test('an address of no screen says so', async () => {
  const page = await open.open('/');
  await untilShown(page);
  // The server knows no such address: it is one within the page.
  await page.evaluate(
    "history.pushState(null, '', '/inspector/nowhere'); dispatchEvent(new PopStateEvent('popstate'))",
  );
  await page.getByRole('heading', { name: 'There is no such screen' }).waitFor();
  await expectAccessible(page);
});

test('an address that the server does not know is answered by the page, and as ever to programs', async () => {
  const page = await open.open('/actor/account/ada', { expectedStatuses: [404] });
  await page.getByRole('heading', { name: 'There is no such screen' }).waitFor();
  await page.getByRole('link', { name: 'Go to the overview' }).click();
  await page.getByText('Recorded commands').waitFor();
  const ask = (path: string, accept: string) =>
    fetch(`${open.server.url}/inspector${path}`, { headers: { accept } });
  for (const [path, accept] of [
    ['/actor', 'application/json'],
    ['/actor', '*/*'],
    ['/api/nothing', 'text/html'],
  ] as const) {
    const answer = await ask(path, accept);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'not_found' });
  }
  expect((await ask('/actor', 'text/html')).status).toBe(404);
});

test('times say their zone', async () => {
  const page = await open.open('/');
  const zone = await page.evaluate<string>('Intl.DateTimeFormat().resolvedOptions().timeZone');
  await page.locator('footer', { hasText: `Times are shown in ${zone}` }).waitFor();
});

test('the bar stays as high as it is, however the connection fares', async () => {
  const page = await open.open('/', { width: 'narrow' });
  await page.locator('.live[data-state="live"]').waitFor();
  const height = async () => (await page.locator('.bar').boundingBox())?.height;
  const before = await height();
  for (const words of ['Connecting …', 'Reconnecting …', 'Paused']) {
    await page.locator('.live [role="status"]').evaluate((sign, text) => {
      sign.textContent = text;
    }, words);
    expect(await height(), words).toBe(before);
  }
});

test('where the system sets the colours, one still sees which screen it is', async () => {
  const page = await open.open('/policies');
  await page.emulateMedia({ forcedColors: 'active' });
  const lines = (name: string) =>
    page.evaluate<string>(
      `getComputedStyle([...document.querySelectorAll('nav a')].find((one) => one.textContent === '${name}')).textDecorationLine`,
    );
  expect(await lines('Policies')).toBe('underline');
  expect(await lines('Actors')).toBe('none');
});

test('an address that was cut within a sign says so', async () => {
  const page = await open.open('/actors/account/%E0%A4');
  await page.getByRole('heading', { name: 'There is no such screen' }).waitFor();
});

test('a screen that cannot be drawn leaves the others as they are', async () => {
  const page = await open.open('/', { mayFail: true });
  await page.route('**/inspector/api/overview', (route) => route.fulfill({ json: {} }));
  await page.reload();
  await page.getByRole('heading', { name: 'This screen has a fault' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Console' }).click();
  await page.getByRole('heading', { name: 'Console' }).waitFor();
  await page.unroute('**/inspector/api/overview');
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('Recorded commands').waitFor();
});

test('tabs are told apart by what they show', async () => {
  const page = await open.open('/');
  await expect.poll(() => page.title()).toBe('Overview · Everstate inspector');
  await page.goto('/inspector/policies/blocking');
  await expect.poll(() => page.title()).toBe('blocking · Policies · Everstate inspector');
});

test('a server that asks for credentials shows nothing before it has them', async () => {
  const page = await locked.open('/console', { expectedStatuses: [401] });
  await page.getByRole('heading', { name: 'This server asks for credentials' }).waitFor();
  expect(await page.locator('main').textContent()).not.toContain('RegisterAccount');
  await expectAccessible(page);
  await page.getByLabel('Token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'did not take the token' }).waitFor();
  await page.getByLabel('Token').fill('open-sesame');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'RegisterAccount' }).waitFor();
});

test('an answer that is late refuses the token that it was asked with, not the next one', async () => {
  const token = 'open-sesame';
  const page = await locked.open('/console/RegisterAccount', { expectedStatuses: [401], token });
  await untilShown(page);
  const refusal = { status: 401, json: { code: 'unauthenticated', detail: 'It was taken back' } };
  let answer = () => {};
  const isDue = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/v1/commands/*', async (route) => {
    await isDue;
    await route.fulfill(refusal);
  });
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Sending').waitFor();
  await page.route('**/inspector/api/commands', (route) => route.fulfill(refusal));
  await turn(page, 'hidden');
  await turn(page, 'visible');
  await page.getByLabel('Token').fill('another');
  await page.unroute('**/inspector/api/commands');
  await page.route('**/inspector/api/**', (route) =>
    route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${token}` } }),
  );
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Send' }).waitFor();
  answer();
  await page.getByText('It was taken back').waitFor();
});
