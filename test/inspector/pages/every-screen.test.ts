/** What holds of every screen, in both themes, wide and narrow. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSPECTOR_PATH, PAGE_PATHS } from '../../../src/inspector/protocol.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  keepPicture,
  LOOKS,
  untilShown,
} from '../browser.ts';
import { type Standing, startStanding } from '../standing.ts';

let standing: Standing;

beforeAll(async () => {
  standing = await startStanding();
});
afterAll(() => standing.close());

const looks = LOOKS.map((look) => ({ ...look, name: `${look.theme}, ${look.width}` }));

test.each(looks)(
  'every screen can be used by everybody: $name',
  async (look) => {
    const page = await standing.inspector.open('/', look);
    for (const pattern of ['', ...PAGE_PATHS]) {
      const address = standing.exampleOf(pattern);
      await page.goto(`${INSPECTOR_PATH}${address}`);
      await untilShown(page);
      const headings = await page.locator('main h1').allTextContents();
      expect(headings, `headings of ${address}`).toHaveLength(1);
      expect(headings, address).not.toContain('There is no such screen');
      expect(await page.locator('main [role="alert"]').allTextContents(), address).toEqual([]);
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      await keepPicture(page, `screen${address.replaceAll('/', '-')}-${look.theme}-${look.width}`);
    }
  },
  300_000,
);
