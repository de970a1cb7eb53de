/** The inspector in a real Chromium: its server in this process, its page as `npm run build` made it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { INSPECTOR_PATH } from '../../src/inspector/protocol.ts';
import { startTestServer, type TestServer } from '../http/harness.ts';

/** How a page is looked at. */
export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly width?: 'wide' | 'narrow';
  /** Answers that are no fault of the page here, by their status: Chromium tells of each. */
  readonly expectedStatuses?: readonly number[];
  /** The server goes away meanwhile: Chromium tells of each request that it does not answer. */
  readonly mayLoseServer?: boolean;
  /** The page is made to fail: React tells of it. */
  readonly mayFail?: boolean;
  /** Told to the server with every request of the page, as if somebody had given it before. */
  readonly token?: string;
}

/** Every look that a screen must stand. */
export const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['wide', 'narrow'] as const).map((width) => ({ theme, width })),
);

const SIZES = { wide: { width: 1400, height: 900 }, narrow: { width: 390, height: 844 } };

/** A server with its inspector, and a browser to look at it: one for a file of tests. */
export interface Inspector {
  readonly server: TestServer;
  /**
   * Opens an address below `/inspector` on a page of its own, closed with the test that asked for
   * it. The test fails where the page fails: on an error of it, on what its security policy kept it
   * from, on a request to another host.
   */
  open(address: string, look?: Look): Promise<Page>;
  close(): Promise<void>;
}

/** @see TestServerOptions: a port where the server is to be started again on it */
export type InspectorOptions = Partial<HttpAppOptions> & { readonly port?: number };

/** Starts both, with policies and projections running. */
export async function startInspector(options: InspectorOptions = {}): Promise<Inspector> {
  const [server, browser] = await Promise.all([startTestServer(options), launch()]);
  await server.engine.start();
  return {
    server,
    open: (address, look = {}) => openPage(browser, server, address, look),
    async close() {
      await browser.close();
      await server.close();
      await server.engine.drain();
    },
  };
}

async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(
      `The pages are tried in Chromium, and there is none at ${executablePath}: install it (apt-get install chromium), or say where it is by CHROMIUM.`,
    );
  }
  // Its own sandbox does not work in most containers; it opens nothing but our own page.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

async function openPage(
  browser: Browser,
  server: TestServer,
  address: string,
  look: Look,
): Promise<Page> {
  const { theme = 'light', width = 'wide', token } = look;
  const context = await browser.newContext({
    baseURL: server.url,
    colorScheme: theme,
    viewport: SIZES[width],
    // What moves would be another picture every time.
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  if (token !== undefined) {
    const keep = `sessionStorage.setItem('everstate.token', ${JSON.stringify(token)})`;
    // A page is blank before it is ours.
    const content = `if (location.protocol !== 'about:') ${keep}`;
    await context.addInitScript({ content });
  }
  const faults = watch(context, server, look);
  onTestFinished(async () => {
    await context.close();
    expect(faults, 'faults of the page').toEqual([]);
  });
  const page = await context.newPage();
  await page.goto(`${INSPECTOR_PATH}${address === '/' ? '' : address}`);
  return page;
}

/** Gathers what must not be. */
function watch(
  context: BrowserContext,
  server: TestServer,
  { expectedStatuses = [], mayLoseServer = false, mayFail = false }: Look,
): readonly string[] {
  const faults: string[] = [];
  context.on('weberror', (error) => faults.push(`error: ${error.error().stack}`));
  context.on('console', (message) => {
    const status = Number(/the server responded with a status of (\d+)/.exec(message.text())?.[1]);
    if (expectedStatuses.includes(status)) return;
    if (mayLoseServer && message.text().includes('net::ERR_')) return;
    if (mayFail && message.text().startsWith('TypeError')) return;
    if (message.type() === 'error' || message.type() === 'warning') {
      faults.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== server.url) {
      faults.push(`request to another host: ${request.url()}`);
    }
  });
  return faults;
}

/** What the browser tells a page whose tab goes to the back, or comes to the front. */
export async function turn(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
     document.dispatchEvent(new Event('visibilitychange'));`,
  );
}

/** Waits until the screen shows what it asked for. */
export async function untilShown(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  // A chart is drawn when its place is measured.
  await expect.poll(() => page.locator('.loading, .chart-place:empty').count()).toBe(0);
}

/** Fails on what keeps people from using the page as it is now: contrast, names, order, roles. */
export async function expectAccessible(page: Page): Promise<void> {
  // Evaluated past the page's policy, which lets no script in that is not its own.
  await page.evaluate(axe.source);
  const found = await page.evaluate<AxeResults>('axe.run()');
  const violations = found.violations.map(({ id, help, nodes }) => ({
    rule: `${id}: ${help}`,
    where: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
  }));
  expect(violations, `what is not accessible on ${page.url()}`).toEqual([]);
}

/** Fails where the page must be scrolled sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const excess = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(excess, `pixels that ${page.url()} is too wide`).toBeLessThanOrEqual(0);
}

/** Keeps a picture of the page in the directory that SCREENSHOTS names; without it, none. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const directory = process.env.SCREENSHOTS;
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
