import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const folder = join(import.meta.dirname, '..', 'browser', 'screenshots');
/** Waits are on facts; a machine that is busy takes its time. */
const waitMs = 30_000;

let started: Promise<Browser> | undefined;

/** Debian's Chromium, once for a file. */
function launch(): Promise<Browser> {
  started ??= chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  return started;
}

after(async () => (await started)?.close());

export interface ConsoleOptions {
  readonly theme?: 'light' | 'dark';
  readonly isPhone?: boolean;
}

/** A page of a browser of its own; what its console complains of fails the test, but for answers that are refusals. */
export async function openPage(
  t: TestContext,
  url: string,
  { theme = 'light', isPhone = false }: ConsoleOptions = {},
): Promise<Page> {
  const context = await openContext(t, theme, isPhone);
  context.setDefaultTimeout(waitMs);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    const isFault = message.type() === 'error' && !message.text().startsWith('Failed to load resource');
    if (isFault) faults.push(message.text());
  });
  t.after(() => assert.deepEqual(faults, []));
  await page.goto(url);
  return page;
}

async function openContext(
  t: TestContext,
  colorScheme: 'light' | 'dark',
  isPhone: boolean,
): Promise<BrowserContext> {
  const browser = await launch();
  const viewport = isPhone ? { width: 390, height: 844 } : { width: 1360, height: 860 };
  const context = await browser.newContext({
    viewport,
    colorScheme,
    locale: 'en-US',
    timezoneId: 'UTC',
    acceptDownloads: true,
    reducedMotion: 'reduce',
  });
  t.after(() => context.close());
  return context;
}

/** Signs in as somebody does who has a key. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Search or go to' }).waitFor();
}

/** A page of somebody who is signed in, at an address of the console. */
export async function openSignedIn(
  t: TestContext,
  { url, adminKey }: { url: string; adminKey: string },
  path: string,
  options: ConsoleOptions & { readonly key?: string } = {},
): Promise<Page> {
  const page = await openPage(t, url + path, options);
  await signIn(page, options.key ?? adminKey);
  return page;
}

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds wrong with a page: by WCAG 2.2 A and AA, or by single rules. */
export async function findBarriers(page: Page, rules: readonly string[] = []): Promise<string[]> {
  // The page's policy lets in no script but its own; a debugger's way in is no script of the page.
  await page.evaluate(axe.source);
  const chosen = rules.length === 0 ? wcag : [...rules];
  const look = () =>
    page.evaluate(runAxe, { type: rules.length === 0 ? 'tag' : 'rule', values: chosen } as const);
  await page.waitForFunction("document.querySelector('[aria-busy]') === null");
  // Colours are told by what lies behind: while things still move, of something else. A true barrier stays.
  const found = await look();
  return found.length === 0 ? found : look();
}

/** Runs in the page. */
async function runAxe(runOnly: { type: 'tag' | 'rule'; values: string[] }): Promise<string[]> {
  const inPage: typeof axe = Reflect.get(globalThis, 'axe');
  const { violations, passes } = await inPage.run({ runOnly });
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
  return passes.length === 0 ? ['axe looked at nothing', ...found] : found;
}

/** Kept in an ignored folder, to be looked at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
