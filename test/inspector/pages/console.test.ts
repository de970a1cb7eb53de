/** The console, as somebody at a keyboard meets it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readObject, register } from '../../http/harness.ts';
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
let locked: Inspector;

beforeAll(async () => {
  inspector = await startInspector();
  locked = await startInspector({ credentials: { tokens: ['open-sesame'], jwt: null } });
  for (const id of ['ada', 'bob']) await register(inspector.server, id);
});
afterAll(() => Promise.all([inspector.close(), locked.close()]));

const records = async () =>
  (await inspector.server.engine.inside.store.heads()).reduce((sum, head) => sum + head, 0);

const consoleOf = (type: string, data: unknown) =>
  `/console/${type}?data=${encodeURIComponent(JSON.stringify(data))}`;

test('a command is filled in, asked about, sent, and its actor is there', async () => {
  const page = await inspector.open('/console');
  await page.getByRole('link', { name: 'RegisterAccount' }).click();
  await page.getByLabel('email').fill('cleo@example.org');
  await page.getByLabel('username').fill('cleo');
  await page.getByLabel('accountId').fill('cleo');
  await page.getByLabel('marketingConsent').selectOption('true');
  const before = await records();
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.getByRole('heading', { name: 'It would be accepted' }).waitFor();
  expect(await records()).toBe(before);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Accepted', exact: true }).waitFor();
  expect(await records()).toBe(before + 1);
  const profile = await fetch(`${inspector.server.url}/v1/actors/account/cleo/events`);
  expect(await readObject(profile)).toMatchObject({
    items: [{ type: 'AccountRegistered', data: { marketingConsent: true } }],
  });
  const link = page.getByLabel('What it came to').getByRole('link', { name: 'account:cleo' });
  expect(await link.getAttribute('href')).toBe('/inspector/actors/account/cleo');
  expect(await page.getByRole('link', { name: 'What it led to' }).getAttribute('href')).toMatch(
    /^\/inspector\/traces\/[\da-f]{32}$/,
  );
});

test('a refusal is shown with its reason, asked about and sent', async () => {
  const page = await inspector.open(
    consoleOf('FollowAccount', { followerId: 'ada', followeeId: 'ada' }),
    { expectedStatuses: [409] },
  );
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.getByRole('heading', { name: 'It would be rejected' }).waitFor();
  await page.getByText('Cannot follow yourself', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Rejected', exact: true }).waitFor();
  expect(await page.getByLabel('What it came to').textContent()).toContain(
    'Cannot follow yourself',
  );
});

test('what breaks the schema is told at its field', async () => {
  const page = await inspector.open(
    consoleOf('RegisterAccount', { email: 'nobody', username: 'ada' }),
    { expectedStatuses: [422] },
  );
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.locator('input[aria-invalid="true"]').waitFor();
  const faulty = page.getByLabel('email');
  expect(await faulty.getAttribute('aria-invalid')).toBe('true');
  const hint = page.locator(`[id="${await faulty.getAttribute('aria-describedby')}"]`);
  expect(await hint.locator('.fault').textContent()).not.toBe('');
  expect(await page.getByLabel('username').getAttribute('aria-invalid')).toBe('false');
});

test('what was asked of other data is not said of those that are there by now', async () => {
  const page = await inspector.open(
    consoleOf('FollowAccount', { followerId: 'ada', followeeId: 'ada' }),
  );
  const ask = page.getByRole('button', { name: 'Would it be accepted?' });
  const verdict = page.getByRole('heading', { name: /It would be/ });
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/dry-run', async (route) => {
    const answer = await route.fetch();
    await held;
    await route.fulfill({ response: answer });
  });
  const came = page.waitForResponse('**/dry-run');
  await ask.click();
  await page.getByText('Asking …').waitFor();
  await page.getByLabel('followeeId').fill('bob');
  letGo();
  await came;
  await ask.click();
  await page.getByRole('heading', { name: /It would be accepted/ }).waitFor();
  // Neither where one goes on within the page.
  await page.evaluate(`history.pushState(null, '', '/inspector/console/FollowAccount?data=%7B%7D');
    dispatchEvent(new PopStateEvent('popstate'))`);
  await expect.poll(() => page.getByLabel('followeeId').inputValue()).toBe('');
  await verdict.waitFor({ state: 'detached' });
});

test('a double click sends once', async () => {
  const page = await inspector.open(
    consoleOf('FollowAccount', { followerId: 'bob', followeeId: 'ada' }),
  );
  const sent: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/commands/FollowAccount')) {
      sent.push(request.headers()['idempotency-key']);
    }
  });
  await page.getByRole('button', { name: 'Send' }).dblclick();
  await page.getByRole('heading', { name: 'Accepted', exact: true }).waitFor();
  expect(sent).toEqual([expect.stringMatching(/^[\da-f]{32}$/)]);
});

test('an answer that was lost is asked for again under the same key', async () => {
  const page = await inspector.open(
    consoleOf('BlockAccount', { blockerId: 'bob', blockedId: 'ada' }),
    { expectedStatuses: [503] },
  );
  const keys: (string | undefined)[] = [];
  await page.route('**/v1/commands/BlockAccount', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    const answer = await route.fetch();
    if (keys.length > 1) return route.fulfill({ response: answer });
    return route.fulfill({ status: 503, json: { code: 'unavailable', detail: 'Lost' } });
  });
  const before = await records();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Whether it took effect is unknown').waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Accepted', exact: true }).waitFor();
  expect(keys).toEqual([keys[0], keys[0]]);
  await expect.poll(records).toBeGreaterThan(before);
  const trail = await readObject(
    await fetch(`${inspector.server.url}/v1/actors/account/bob/events?limit=200`),
  );
  const { items } = z.object({ items: z.array(z.looseObject({ type: z.string() })) }).parse(trail);
  expect(items.filter(({ type }) => type === 'AccountBlocked')).toHaveLength(1);
});

test('keyboard alone asks, sends, and finds what was sent again', async () => {
  const page = await inspector.open('/console/UnblockAccount');
  await untilShown(page);
  await page.getByLabel('blockerId').focus();
  await page.keyboard.type('ada');
  await page.keyboard.press('Tab');
  await page.keyboard.type('bob');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /It would be/ }).waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: /^Accepted/ }).waitFor();
  await page.reload();
  const again = page.locator('.sent').getByRole('link', { name: 'UnblockAccount' });
  await again.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByLabel('blockedId').inputValue()).toBe('bob');
});

test('the address holds the command with its data, as a form and as JSON', async () => {
  const page = await inspector.open('/console/BlockAccount');
  await page.getByLabel('blockerId').fill('ada');
  await page.getByLabel('Edit as JSON').check();
  await page.getByLabel('Data as JSON').fill('{ "blockerId": "ada", "blockedId": "bob" }');
  await page.waitForURL(({ searchParams }) => searchParams.get('data')?.includes('bob') === true);
  const other = await inspector.open(new URL(page.url()).href.split('/inspector')[1] ?? '');
  expect(JSON.parse(await other.getByLabel('Data as JSON').inputValue())).toEqual({
    blockerId: 'ada',
    blockedId: 'bob',
  });
  await other.getByLabel('Data as JSON').fill('{ "blockerId": ');
  await other.getByText('This is not JSON').waitFor();
  await other.getByLabel('Edit as JSON').uncheck();
  await expect.poll(() => other.getByLabel('blockedId').inputValue()).toBe('bob');
});

test('data that is too long for an address is kept on the page', async () => {
  const page = await inspector.open('/console/DeactivateAccount');
  await page.getByLabel('reason').fill('x'.repeat(3_000));
  await page.getByText('too long to stand in the address').waitFor();
  expect(page.url().length).toBeLessThan(200);
  expect((await page.getByLabel('reason').inputValue()).length).toBe(3_000);
});

test('the line for a shell does what the form does, whatever is in it', async () => {
  const data = { accountId: 'bob', reason: `it's "$HOME" \`id\` \\ %s` };
  const page = await inspector.open(consoleOf('DeactivateAccount', data));
  await page.getByText('As a curl command').click();
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByText('Copied').waitFor();
  const line = await page.evaluate<string>('navigator.clipboard.readText()');
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent`]);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'accepted',
    events: [{ type: 'AccountDeactivated', data: { reason: data.reason } }],
  });
});

test('the line for a shell never has the token, and works with it', async () => {
  const page = await locked.open(consoleOf('DeactivateAccount', { accountId: 'nobody' }), {
    token: 'open-sesame',
  });
  await page.getByText('As a curl command').click();
  const line = await page.getByLabel('Text to copy').inputValue();
  expect(line).not.toContain('open-sesame');
  const env = { ...process.env, EVERSTATE_TOKEN: 'open-sesame' };
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent`], { env });
  expect(JSON.parse(stdout)).toMatchObject({ detail: 'Account not found' });
});

test.each(LOOKS)('what was asked and answered can be read by everybody: %o', async (look) => {
  const page = await inspector.open(
    consoleOf('FollowAccount', { followerId: 'ada', followeeId: 'gone' }),
    { ...look, expectedStatuses: [422] },
  );
  const name = `${look.theme}-${look.width}`;
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.getByRole('heading', { name: 'It would be rejected' }).waitFor();
  await page.getByText('What its rules were told').click();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await keepPicture(page, `console-rejected-${name}`);
  await page.goto(
    `/inspector${consoleOf('RegisterAccount', { email: 'dora@example.org', username: 'd' })}`,
  );
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.locator('[aria-invalid="true"]').waitFor();
  await page.getByText('As a curl command').click();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await keepPicture(page, `console-faults-${name}`);
});
