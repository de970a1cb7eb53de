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
import { fillGraph } from '../graph.ts';

let inspector: Inspector;
let trace: string;

beforeAll(async () => {
  inspector = await startInspector();
  trace = await fillGraph(inspector.server);
});
afterAll(() => inspector.close());

/** An address of a screen with parameters, by its pattern. */
const exampleOf = (pattern: string): string => {
  const examples: Readonly<Record<string, string>> = {
    '/actors/:type/:id': '/actors/account/ada',
    '/traces/:correlationId': `/traces/${trace}`,
    '/machines/:kind/:name': '/machines/aggregate/account',
    '/policies/:name': '/policies/blocking',
    '/console/:command': '/console/RegisterAccount',
  };
  const address = pattern.includes(':') ? examples[pattern] : pattern;
  if (address === undefined) throw new Error(`name an example of ${pattern}`);
  return address;
};

const looks = LOOKS.map((look) => ({ ...look, name: `${look.theme}, ${look.width}` }));

test.each(looks)('every screen can be used by everybody: $name', async (look) => {
  const page = await inspector.open('/', look);
  for (const pattern of ['', ...PAGE_PATHS]) {
    const address = exampleOf(pattern);
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
