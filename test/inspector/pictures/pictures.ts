/** The pictures that the page on the inspector shows. */
import { statSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { table } from '../../../src/engine/background/rows.ts';
import { post } from '../../http/harness.ts';
import { type Inspector, keepPicture, startInspector, untilShown } from '../browser.ts';
import { fillGraph } from '../graph.ts';
import { startStanding } from '../standing.ts';

const BYTES_MAX = 150_000;

let inspector: Inspector;
let trace: string;

beforeAll(async () => {
  inspector = await startInspector();
  trace = await fillGraph(inspector.server);
});
afterAll(() => inspector.close());

async function keep(page: Page, name: string, height = 720): Promise<void> {
  await page.setViewportSize({ width: 1200, height });
  await untilShown(page);
  await keepPicture(page, name);
  expect(statSync(`docs/inspector/${name}.png`).size).toBeLessThan(BYTES_MAX);
}

test('overview', async () => {
  const page = await inspector.open('/');
  await page.getByText('Live', { exact: true }).waitFor();
  const follows = ['cleo', 'dora', 'emil', 'fay', 'gus'].map((followerId) => ({
    followerId,
    followeeId: 'hana',
  }));
  for (const data of follows) {
    await post(inspector.server, '/v1/commands/RemoveFollower', data);
    await post(inspector.server, '/v1/commands/FollowAccount', data);
  }
  await page.getByRole('link', { name: 'account:gus' }).waitFor();
  await page.locator('.figure', { hasText: /^Records a second\d/ }).waitFor();
  await keep(page, 'overview');
});

test('one actor', async () => {
  const page = await inspector.open('/actors/account/ada');
  await untilShown(page);
  await page.keyboard.press('[');
  await keep(page, 'actor');
});

test('a trace', async () => {
  const page = await inspector.open(`/traces/${trace}`);
  await page.locator('main svg').first().waitFor();
  await keep(page, 'trace');
});

test('actors', async () => {
  const page = await inspector.open('/actors');
  await page.getByRole('link', { name: 'ada' }).first().waitFor();
  await keep(page, 'actors');
});

test('policies', async () => {
  await keep(await inspector.open('/policies/blocking', { theme: 'dark' }), 'policy');
});

test('console', async () => {
  const data = JSON.stringify({ followerId: 'bob', followeeId: 'ada' });
  const page = await inspector.open(`/console/FollowAccount?data=${encodeURIComponent(data)}`);
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  await page.getByRole('heading', { name: 'It would be rejected' }).waitFor();
  await page.getByText('What its rules were told').click();
  await keep(page, 'console');
});

test('an instance', async () => {
  const standing = await startStanding();
  try {
    const address = standing.exampleOf('/policies/:name/instances/:id');
    await keep(await standing.inspector.open(address), 'instance', 1_080);
  } finally {
    await standing.close();
  }
});

test('dead letters', async () => {
  const { store } = inspector.server.engine.inside;
  const at = new Date().toISOString();
  const error = 'unavailable: The store did not answer in time';
  const outbox = {
    ...{ instance: '9a1c0f52-6f0e-4a5b-8f54-1d5a3c7f2b10.0', command: 'RemoveFollower' },
    ...{ incarnation: '9a1c0f52.0', cause: '9a1c0f52.0', index: 0, ref: null, told: false },
    ...{ data: { followerId: 'gus', followeeId: 'fay', reason: 'blocked' }, correlationId: trace },
    ...{
      at,
      causedAt: at,
      attempts: 2,
      history: [
        { at, error },
        { at, error },
      ],
    },
  };
  const body = JSON.stringify({ kind: 'command', id: 'c', error, outbox });
  const row = {
    table: table('dead', 'blocking'),
    key: 'c',
    body,
    order: { kind: 'at' as const, at: Date.now() },
  };
  await store.post({ partition: 0, expected: [], rows: [row] });
  const page = await inspector.open('/dead-letters');
  await page.getByText('Message and history').click();
  await page.getByRole('button', { name: 'Retry all of these' }).click();
  await page.getByText('This would retry 1 letter.').waitFor();
  await keep(page, 'dead-letters');
});
