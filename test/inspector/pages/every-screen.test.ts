/** What holds of every screen, in both themes, wide and narrow. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSPECTOR_PATH, PAGE_PATHS } from '../../../src/inspector/protocol.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  LOOKS,
  startInspector,
  untilShown,
} from '../browser.ts';
import { exampleOf, fillGraph } from '../graph.ts';

let inspector: Inspector;
let trace: string;

beforeAll(async () => {
  inspector = await startInspector();
  trace = await fillGraph(inspector.server);
});
afterAll(() => inspector.close());

const looks = LOOKS.map((look) => ({ ...look, name: `${look.theme}, ${look.width}` }));

test.each(looks)('every screen can be used by everybody: $name', async (look) => {
  const page = await inspector.open('/', look);
  for (const pattern of ['', ...PAGE_PATHS]) {
    const address = exampleOf(pattern, trace);
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
});
