/** How the page lives: with the server, with its tabs, and with those who look elsewhere. */
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { API_PATH } from '../../../src/inspector/protocol.ts';
import { post, register, startTestServer, type TestServer } from '../../http/harness.ts';
import { freePort } from '../../support/redis.ts';
import {
  expectAccessible,
  type Inspector,
  type InspectorOptions,
  startInspector,
  turn,
  untilShown,
} from '../browser.ts';

async function start(options: InspectorOptions = {}): Promise<Inspector> {
  const inspector = await startInspector(options);
  onTestFinished(() => inspector.close());
  return inspector;
}

const sign = (page: Page, state: string) => page.locator(`.live[data-state="${state}"]`);
const registered = (page: Page, count: number) =>
  page.getByRole('row', { name: new RegExp(`^AccountRegistered ${count} `) });

/** Holds back the answers to what a page asks, until they are let go. */
async function hold(page: Page, address: string) {
  const asked: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(address, async (route) => {
    asked.push(route.request().url());
    await held;
    // The page may have ended it.
    await route.continue().catch(() => undefined);
  });
  return { asked, letGo: () => letGo() };
}

/** Whether the node has room for one who looks at its stream. */
async function hasRoom({ url }: TestServer): Promise<boolean> {
  const response = await fetch(`${url}${API_PATH}/live`);
  await response.body?.cancel();
  return response.status === 200;
}

test('where more happens than is told one by one, the page says how much was left out', async () => {
  const { open, server } = await start({ liveLimits: { frameActorsMax: 2, frameMs: 500 } });
  const page = await open('/');
  await sign(page, 'live').waitFor();
  const names = Array.from({ length: 20 }, (_, index) => `name${index}`);
  await Promise.all(names.map((name) => register(server, name)));
  await page.getByText(/^sampled, \d+ skipped$/).waitFor();
  await registered(page, 20).waitFor();
  await expectAccessible(page);
});

test('a hidden tab ends its stream, and goes on where it was when it is seen', async () => {
  const { open, server } = await start({ liveLimits: { viewersMax: 1 } });
  const page = await open('/', { expectedStatuses: [503] });
  await sign(page, 'live').waitFor();
  await register(server, 'before');
  await registered(page, 1).waitFor();
  expect(await hasRoom(server)).toBe(false);
  await turn(page, 'hidden');
  await sign(page, 'paused').waitFor();
  await expect.poll(() => hasRoom(server)).toBe(true);
  await register(server, 'meanwhile');
  await turn(page, 'visible');
  await sign(page, 'live').waitFor();
  await registered(page, 2).waitFor();
  await register(server, 'after');
  await registered(page, 3).waitFor();
});

test('a hidden tab asks for nothing, and for all that is new when it is seen', async () => {
  const { open, server } = await start();
  await register(server, 'ann');
  const page = await open('/console');
  await page.clock.install();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  for (const address of [
    '',
    '/actors',
    '/actors/account/ann',
    '/policies/blocking',
    '/dead-letters',
  ]) {
    await page.goto(`/inspector${address}`);
    await untilShown(page);
    await sign(page, 'live').waitFor();
    asked.length = 0;
    await page.clock.runFor(6_000);
    await expect.poll(() => asked.length, { message: address }).toBeGreaterThan(0);
    await turn(page, 'hidden');
    await sign(page, 'paused').waitFor();
    await page.waitForLoadState('networkidle');
    asked.length = 0;
    await page.clock.runFor(60_000);
    expect(asked, address).toEqual([]);
    await turn(page, 'visible');
    const news = () => asked.filter((path) => !path.endsWith('/live'));
    await expect.poll(() => news().length, { message: address }).toBeGreaterThan(0);
  }
});

test('an answer that takes longer than the pause between two is waited for', async () => {
  const { open } = await start();
  const page = await open('/console');
  await untilShown(page);
  await page.clock.install();
  const { asked, letGo } = await hold(page, '**/inspector/api/overview');
  await page.getByRole('link', { name: 'Overview' }).click();
  await expect.poll(() => asked.length).toBe(1);
  await page.clock.runFor(20_000);
  expect(asked).toHaveLength(1);
  letGo();
  await page.getByText('Recorded commands').waitFor();
  await page.clock.runFor(20_000);
  await expect.poll(() => asked.length).toBeGreaterThan(1);
});

test('what was said of one address is not said of the next', async () => {
  const { open } = await start();
  const page = await open('/dead-letters?cursor=nonsense', { expectedStatuses: [422] });
  await page.getByRole('alert').waitFor();
  const { letGo } = await hold(page, '**/api/dead-letters?limit=20');
  await page.evaluate(`history.pushState(null, '', '/inspector/dead-letters');
    dispatchEvent(new PopStateEvent('popstate'))`);
  await page.getByText('Loading the dead letters').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  letGo();
  await page.getByText('There are no dead letters.').waitFor();
});

test('a screen that found no server shows what it is for as soon as there is one', async () => {
  const inspector = await start({ port: await freePort() });
  const { server, open } = inspector;
  const page = await open('/policies', { mayLoseServer: true });
  await sign(page, 'live').waitFor();
  await server.close();
  await sign(page, 'reconnecting').waitFor();
  await page.getByRole('link', { name: 'Console' }).click();
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).waitFor();
  const again = await startTestServer({ engine: server.engine, port: server.port });
  onTestFinished(() => again.close());
  await page.getByRole('link', { name: 'RegisterAccount' }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  await sign(page, 'live').waitFor();
});

test('who is asked for another token in the midst of something goes on where he was', async () => {
  const credentials = { tokens: ['old'], jwt: null };
  const { server, open } = await start({ credentials, port: await freePort() });
  const page = await open('/console/RegisterAccount', {
    token: 'old',
    mayLoseServer: true,
    expectedStatuses: [401],
  });
  await page.getByLabel('username').fill('ann');
  await page.getByLabel('email').pressSequentially('ann@exam');
  await server.close();
  const again = await startTestServer({
    engine: server.engine,
    port: server.port,
    credentials: { tokens: ['new'], jwt: null },
  });
  onTestFinished(() => again.close());
  await page.getByRole('heading', { name: 'This server asks for credentials' }).waitFor();
  await expectAccessible(page);
  await page.locator('input[type="password"]:focus').waitFor();
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'did not take the token' }).waitFor();
  await page.getByLabel('Token').fill('new');
  await page.keyboard.press('Enter');
  await page.locator('input:focus').and(page.getByLabel('email')).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.type('ple.org');
  expect(await page.getByLabel('email').inputValue()).toBe('ann@example.org');
  expect(await page.getByLabel('username').inputValue()).toBe('ann');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('accepted').first().waitFor();
  await sign(page, 'live').waitFor();
});

test('more tabs than a browser has connections share one stream, which none of them ends', async () => {
  const { open, server } = await start({ liveLimits: { viewersMax: 1 } });
  const first = await open('/', { expectedStatuses: [503] });
  await sign(first, 'live').waitFor();
  const others: Page[] = [];
  for (let count = 0; count < 6; count++) {
    const page = await first.context().newPage();
    await page.goto('/inspector');
    await sign(page, 'live').waitFor();
    others.push(page);
  }
  await register(server, 'ann');
  for (const page of [first, ...others]) await registered(page, 1).waitFor();
  // The one that reads goes: the next one goes on where it was.
  await first.close();
  await register(server, 'bob');
  for (const page of others) await registered(page, 2).waitFor();
  // One that looks at a single actor does not keep the rest from others, nor the other way round.
  const [second, third] = others;
  if (!second || !third) throw new Error('there are six');
  await second.goto('/inspector/actors/account/ann');
  await untilShown(second);
  await third.goto('/inspector/actors/account/ann');
  await untilShown(third);
  await post(server, '/v1/commands/FollowAccount', { followerId: 'ann', followeeId: 'bob' });
  for (const page of [second, third]) {
    await page.locator('.moment', { hasText: 'version 2' }).waitFor();
  }
  for (const page of others.slice(2)) {
    await page.getByRole('row', { name: /^FollowCreated 1 / }).waitFor();
  }
}, 240_000);

test('what a tab alone wanted that crashed is asked for no more', async () => {
  const { open, server } = await start();
  await register(server, 'ann');
  const first = await open('/console');
  const asked: string[] = [];
  first.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname === `${API_PATH}/live`) asked.push(search);
  });
  await first.goto('/inspector/actors/account/ann');
  await expect.poll(() => asked.at(-1)).toBe('?actor=account%3Aann');
  await sign(first, 'live').waitFor();
  const second = await first.context().newPage();
  await second.goto('/inspector');
  await sign(second, 'live').waitFor();
  await expect.poll(() => asked.at(-1)).toBe('');
  const crashed = new Promise((resolve) => second.once('crash', resolve));
  await Promise.all([crashed, second.goto('chrome://crash').catch(() => undefined)]);
  await expect.poll(() => asked.at(-1)).toBe('?actor=account%3Aann');
  await sign(first, 'live').waitFor();
  await post(server, '/v1/commands/DeactivateAccount', { accountId: 'ann' });
  await first.locator('.moment', { hasText: 'version 2' }).waitFor();
});

test('tabs take turns at the stream also where the browser has no locks for them', async () => {
  const { open, server } = await start({ liveLimits: { viewersMax: 1 } });
  const first = await open('/console', { expectedStatuses: [503] });
  await first.context().addInitScript('delete Navigator.prototype.locks');
  await first.goto('/inspector');
  await sign(first, 'live').waitFor();
  expect(await first.evaluate("'locks' in navigator")).toBe(false);
  const second = await first.context().newPage();
  await second.goto('/inspector');
  await sign(second, 'live').waitFor();
  await register(server, 'ann');
  for (const page of [first, second]) await registered(page, 1).waitFor();
  await turn(first, 'hidden');
  await sign(first, 'paused').waitFor();
  await register(server, 'bob');
  await registered(second, 2).waitFor();
  await turn(first, 'visible');
  await sign(first, 'live').waitFor();
  await second.close();
  await register(server, 'cleo');
  await first.getByRole('row', { name: /^AccountRegistered/ }).waitFor();
  await first.getByRole('link', { name: 'account:cleo' }).waitFor();
});
