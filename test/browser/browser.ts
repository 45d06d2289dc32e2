/** The page in headless Chromium: from disk, or served as `peerpath web` serves it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { servedSource, servePage } from '../../src/node/index.ts';
import {
  dropFile,
  FROM_DISK,
  findChromium,
  launchChromium,
  openPage,
  repositoryFile,
  type Watched,
} from './chromium.ts';
import { launchFirefox } from './firefox.ts';

export { dropFile, dropFiles, FROM_DISK, openPage, repositoryFile, type Watched, withoutAnswers } from './chromium.ts';

/** On a machine without Chromium these tests are shown as skipped; CI installs it, and fails without. */
const SKIP_WITHOUT_CHROMIUM: boolean = findChromium() === undefined && process.env['CI'] === undefined;

/** Tests that need Chromium. */
export const inChromium: (name: string, tests: () => void) => void = describe.skipIf(SKIP_WITHOUT_CHROMIUM);

/** `BROWSER=firefox npx vitest run test/browser`: all tests in Firefox. */
const launch = process.env['BROWSER'] === 'firefox' ? launchFirefox : launchChromium;

/** A Chromium of the test file's own, from its first test to its last. */
export function ownChromium(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!SKIP_WITHOUT_CHROMIUM) browser = await launch();
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

/** How a capture comes onto the page: served as `peerpath web` does, or dropped on the page from disk. */
export const WAYS = ['served', 'from disk'] as const;

/** A capture that is open, and how to be done with it. */
export interface OpenCapture extends Watched {
  readonly done: () => Promise<void>;
}

/** Opens a file of the repository. */
export async function openCapture(
  browser: Browser,
  way: (typeof WAYS)[number],
  path: string,
  options: BrowserContextOptions = {},
): Promise<OpenCapture> {
  if (way === 'from disk') {
    const watched = await openPage(browser, FROM_DISK, options);
    await dropFile(watched.page, { name: basename(path), bytes: readFileSync(repositoryFile(path)) });
    await watched.page.waitForSelector('.machine');
    return { ...watched, done: () => closePage(watched) };
  }
  const source = await servedSource(repositoryFile(path), {});
  if (!source.ok) throw new Error(source.error.text);
  const served = await servePage(source.value, { files: repositoryFile('dist/web') });
  const watched = await openPage(browser, served.url, options);
  await watched.page.waitForSelector('.machine');
  const done = async (): Promise<void> => {
    await closePage(watched).finally(served.close);
  };
  return { ...watched, done };
}

/** Waits until what is shown answers what was asked. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
}

/** Names of accessibility rules that the page breaks now, WCAG 2.2 AA. */
export async function axeViolations(page: Page): Promise<string[]> {
  // As a file of the browser's own world: the page's policy allows no inline script.
  const path = createRequire(import.meta.url).resolve('axe-core');
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(readFileSync(path, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (where: Document, how: object) => Promise<AxeResult> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const found = await axe.run(document, {
      preload: false,
      runOnly: { type: 'tag', values: tags },
      rules: { 'target-size': { enabled: true } },
    });
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
