/** What holds of every screen, in both themes, wide and narrow. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSPECTOR_PATH, PAGE_PATHS } from '../../../src/inspector/protocol.ts';
import { register } from '../../http/harness.ts';
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

beforeAll(async () => {
  inspector = await startInspector();
  await register(inspector.server, 'ada');
});
afterAll(() => inspector.close());

/** What stands for the parts of an address that differ. */
const PARTS: Readonly<Record<string, string>> = {
  type: 'account',
  id: 'ada',
  correlationId: '0'.repeat(32),
  name: 'blocking',
  kind: 'policy',
  command: 'FollowAccount',
};

const addresses = ['', ...PAGE_PATHS].map((pattern) =>
  pattern.replace(/:(\w+)/g, (_, part: string) => PARTS[part] ?? 'x'),
);

const looks = LOOKS.map((look) => ({ ...look, name: `${look.theme}, ${look.width}` }));

test.each(looks)('every screen can be used by everybody: $name', async (look) => {
  const page = await inspector.open('/', { ...look, expectedStatuses: [404] });
  for (const address of addresses) {
    await page.goto(`${INSPECTOR_PATH}${address}`);
    await untilShown(page);
    expect(await page.locator('main h1').count(), `headings of ${address}`).toBe(1);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await keepPicture(page, `${address.replaceAll('/', '_')}-${look.theme}-${look.width}`);
  }
});
