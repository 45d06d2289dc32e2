/** The page in headless Chromium: from disk, or served as `peerpath web` serves it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'];

/** A file of the repository. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** The built page on disk. */
export const FROM_DISK: string = pathToFileURL(repositoryFile('dist/web/index.html')).href;

function findChromium(): string | undefined {
  return [process.env['CHROMIUM'] ?? '', ...CHROMIUM].find((path) => existsSync(path));
}

/** On a machine without Chromium these tests are shown as skipped; CI installs it, and fails without. */
export const SKIP_WITHOUT_CHROMIUM: boolean = findChromium() === undefined && process.env['CI'] === undefined;

/** Starts Chromium. @throws where there is none. */
export function launchChromium(): Promise<Browser> {
  const found = findChromium();
  if (found === undefined)
    throw new Error(
      `The browser tests need Chromium: install it ("apt-get install chromium"), or say where it is with CHROMIUM=/path. Looked at ${CHROMIUM.join(', ')}.`,
    );
  return chromium.launch({
    executablePath: found,
    args: ['--no-sandbox', '--disable-gpu', '--disable-sync', ...QUIET],
  });
}

/** Tests that need Chromium. */
export const inChromium: (name: string, tests: () => void) => void = describe.skipIf(SKIP_WITHOUT_CHROMIUM);

/** A Chromium of the test file's own, from its first test to its last. */
export function ownChromium(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!SKIP_WITHOUT_CHROMIUM) browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('Chromium runs during tests only');
    return browser;
  };
}

/** Closes a page, on which nothing may have gone wrong. */
export async function closePage({ page, troubles }: Watched): Promise<void> {
  await page.context().close();
  expect(troubles).toEqual([]);
}

/** A page, and everything that went wrong on it. */
export interface Watched {
  readonly page: Page;
  /** Uncaught errors, console errors (the policy's too), and requests to anything but the page's own files. */
  readonly troubles: string[];
}

/** Opens an address on a page of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const troubles: string[] = [];
  const own = new URL('.', url.split(/[?#]/)[0]).href;
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(own) && !/^(?:blob|data):/.test(to)) troubles.push(`request: ${to}`);
  });
  await page.goto(url);
  await page.waitForSelector('#app h1');
  return { page, troubles };
}

/** Gives the page a file, as dropping one does. */
export async function dropFile(page: Page, file: { name: string; bytes: Uint8Array }): Promise<void> {
  const data = await page.evaluateHandle(
    ({ name, base64 }) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { name: file.name, base64: Buffer.from(file.bytes).toString('base64') },
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}

/** Names of accessibility rules that the page breaks now, WCAG 2.2 AA. */
export async function axeViolations(page: Page): Promise<string[]> {
  // As a file of the browser's own world: the page's policy allows no inline script.
  const path = createRequire(import.meta.url).resolve('axe-core');
  const { readFileSync } = await import('node:fs');
  await page.evaluate(readFileSync(path, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (where: Document, how: object) => Promise<AxeResult> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const found = await axe.run(document, { preload: false, runOnly: { type: 'tag', values: tags } });
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target }) => target.join(' '))
          .slice(0, 3)
          .join(', ')}`,
    );
  });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}
