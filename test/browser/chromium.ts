/** Chromium without a window, and pages in it: for tests and for measurements. */
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ROOT = new URL('../../', import.meta.url);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'];

/** A file of the repository. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** The built page on disk. */
export const FROM_DISK: string = pathToFileURL(repositoryFile('dist/web/index.html')).href;

/** Where Chromium is on this machine. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'] ?? '', ...CHROMIUM].find((path) => existsSync(path));
}

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

/** A page, and everything that went wrong on it. */
export interface Watched {
  readonly page: Page;
  /** Uncaught errors, console errors (the policy's too), and requests to anything but the page's own files. */
  readonly troubles: string[];
}

/**
 * For a whole run, to find what only a fast machine passes: LATE_ANSWERS=500 npx vitest run test/browser. Clicks then
 * take as long as those of a hand, and what is pressed must still be there when it is let go.
 */
const LATE = Number(process.env['LATE_ANSWERS'] ?? 0);

/** Opens an address on a page of its own, and waits for what `ready` selects. Its own files are those of `own`. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  { ready = '#app h1', own = new URL('.', url.split(/[?#]/)[0]).href }: { ready?: string; own?: string } = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  if (LATE > 0) pressLong(page);
  page.setDefaultTimeout(15_000);
  await page.addInitScript(holdAnswers, LATE);
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(own) && !/^(?:blob|data):/.test(to)) troubles.push(`request: ${to}`);
  });
  await page.goto(url);
  await page.waitForSelector(ready);
  return { page, troubles };
}

/** As long as a hand takes, in milliseconds. */
const PRESS = 150;

function pressLong(page: Page): void {
  const frame = page.mainFrame();
  const click = frame.click.bind(frame);
  frame.click = (selector, options) => click(selector, { delay: PRESS, ...options });
}

/** Keeps answers of workers from the page while something is done. */
export async function withoutAnswers<T>(page: Page, work: () => Promise<T>): Promise<T> {
  const hold = (held: boolean): Promise<void> =>
    page.evaluate((now) => {
      (globalThis as unknown as Holding).answersHeld = now;
    }, held);
  await hold(true);
  try {
    return await work();
  } finally {
    await hold(false);
  }
}

interface Holding {
  answersHeld?: boolean;
}

/** Runs in the page. Messages of workers come in order, not while they are held, and up to `most` milliseconds late. */
function holdAnswers(most: number): void {
  const plain = Worker.prototype.addEventListener;
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  Worker.prototype.addEventListener = function (this: Worker, type: string, listen: unknown, ...rest: unknown[]): void {
    if (type !== 'message' || typeof listen !== 'function') {
      Reflect.apply(plain, this, [type, listen, ...rest]);
      return;
    }
    let last: Promise<void> | undefined;
    const inTurn = async (event: Event, before: Promise<void> | undefined): Promise<void> => {
      await before;
      if (most > 0) await wait(Math.random() * most);
      while ((globalThis as unknown as Holding).answersHeld === true) await wait(10);
      Reflect.apply(listen, this, [event]);
    };
    const take = (event: Event): void => {
      const held = (globalThis as unknown as Holding).answersHeld === true;
      if (most === 0 && !held && last === undefined) {
        Reflect.apply(listen, this, [event]);
        return;
      }
      const mine = inTurn(event, last).then(() => {
        if (last === mine) last = undefined;
      });
      last = mine;
    };
    Reflect.apply(plain, this, [type, take, ...rest]);
  };
}

/** A file to give to the page. */
export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Gives the page a file, as dropping one does. */
export function dropFile(page: Page, file: DroppedFile): Promise<void> {
  return dropFiles(page, [file]);
}

/** Gives the page several files at once. */
export async function dropFiles(page: Page, files: readonly DroppedFile[]): Promise<void> {
  const data = await page.evaluateHandle(
    (all) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of all) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') })),
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}
