/** The page follows the machine that it is served of. */
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ServedPage, servedSource, servePage } from '../../src/node/index.ts';
import { closePage, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const BEFORE = 'test/machines/acsswitch-intel/capture.tar.gz';
/** The same machine, with its ACS registers set by hand. */
const AFTER = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const OTHER = 'test/machines/nvme-none/capture.tar.gz';
const FEWER = 'test/machines/convpci-intel/capture.tar.gz';
/** Two devices that all of them have, in other places of the list. */
const PICKED = [
  ['#provider', '0000:00:1f.2'],
  ['#client', '0000:03:00.0'],
] as const;
const files = repositoryFile('dist/web');
const chromium = ownChromium();

let folder: string;
let file: string;
let served: ServedPage;

async function serve(port = 0): Promise<void> {
  const source = await servedSource(file, {});
  if (!source.ok) throw new Error(source.error.text);
  served = await servePage({ ...source.value, interval: 50 }, { files, port });
}

/** Another machine in the file, at once and whole. */
function change(path: string): void {
  copyFileSync(repositoryFile(path), `${file}.next`);
  renameSync(`${file}.next`, file);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'peerpath-live-'));
  file = join(folder, 'capture.tar.gz');
  change(BEFORE);
  await serve();
});
afterEach(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

inChromium('the live page', () => {
  test('follows a change, says what it was, and keeps view, pair and question', async () => {
    const watched = await openPage(chromium(), served.url);
    const { page } = watched;
    await page.waitForSelector('.machine');
    await page.selectOption('#provider', { index: 1 });
    await page.waitForSelector('.direction');
    const pair = () => page.$$eval('.chooser select', (all) => all.map((each) => (each as HTMLSelectElement).value));
    const chosen = await pair();
    await page.click('[data-view=whatif]');
    await page.selectOption('.kernel select', '6.6');
    await page.waitForSelector('.question >> text=Linux 6.6');
    await page.click('[data-view=tree]');
    await page.click('[data-view=pair]');
    change(AFTER);
    await page.waitForSelector('.news >> text=ACS setting');
    await expect.poll(() => page.textContent('[aria-live=polite]')).toMatch(/^The machine changed: .*ACS setting/);
    await expect.poll(() => page.locator('[data-view=tree][aria-current]').count()).toBe(1);
    await expect.poll(() => page.textContent('.question')).toContain('Linux 6.6');
    await expect.poll(() => pair()).toEqual(chosen);
    await expect.poll(() => page.textContent('.live')).toBe('live');
    await page.click('[aria-label="Put away what changed"]');
    await page.waitForSelector('.news', { state: 'detached' });
    await closePage(watched);
  });

  test.each([
    ['other devices in the same places', OTHER, 'are other devices'],
    ['fewer devices', FEWER, 'are gone'],
  ])('a machine with %s keeps what is still there', async (_, next, words) => {
    const watched = await openPage(chromium(), served.url);
    const { page } = watched;
    await page.waitForSelector('.machine');
    for (const [picker, device] of PICKED)
      await page.selectOption(picker, await page.locator(`${picker} option`, { hasText: device }).innerText());
    await page.waitForSelector('.direction');
    change(next);
    await page.waitForSelector(`.news >> text=${words}`);
    for (const [picker, device] of PICKED)
      await expect.poll(() => page.textContent(`${picker} option:checked`)).toContain(device);
    await page.waitForSelector('.matrix-scroll canvas');
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box');
    await expect.poll(() => page.locator('.notice.bad').count()).toBe(0);
    await closePage(watched);
  });

  test.each([
    ['is gone', () => rmSync(file), 'cannot be read'],
    ['is no capture any more', () => writeFileSync(file, 'nonsense'), 'is no capture'],
  ])('a source that %s is said, the last view stays, and the page recovers', async (_, harm, words) => {
    const watched = await openPage(chromium(), served.url);
    const { page } = watched;
    await page.waitForSelector('.matrix-scroll canvas');
    harm();
    await page.waitForSelector(`.notice.bad >> text=${words}`);
    await expect.poll(() => page.textContent('.notice.bad')).toContain('What is shown is the machine as it was.');
    await expect.poll(() => page.textContent('.live')).toBe('not readable');
    await expect.poll(() => page.locator('.matrix-scroll canvas').count()).toBe(1);
    change(AFTER);
    await page.waitForSelector('.notice.bad', { state: 'detached' });
    await page.waitForSelector('.news >> text=ACS setting');
    await closePage(watched);
  });

  test('a server that ends is said, and one at its place is followed again', async () => {
    const watched = await openPage(chromium(), served.url);
    const { page, troubles } = watched;
    await page.waitForSelector('.matrix-scroll canvas');
    const port = Number(new URL(served.url).port);
    // Other views come soon after the first.
    await page.waitForFunction(() => 'peerpathPictures' in globalThis);
    await served.close();
    await page.waitForSelector('.notice.bad >> text=The server does not answer');
    await expect.poll(() => page.textContent('.live')).toBe('no server');
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box');
    change(AFTER);
    await serve(port);
    await page.waitForSelector('.notice.bad', { state: 'detached' });
    await page.waitForSelector('.news >> text=ACS setting');
    // That the server was not there is in the console, by the browser's own hand.
    expect(troubles.filter((trouble) => !trouble.includes('net::ERR_'))).toEqual([]);
    await page.context().close();
  });

  test('a source that cannot be read at first is opened once it can', async () => {
    writeFileSync(file, 'nonsense');
    const watched = await openPage(chromium(), served.url);
    const { page } = watched;
    await page.waitForSelector('.notice.bad >> text=is no capture');
    await expect.poll(() => page.locator('.start').count()).toBe(1);
    change(BEFORE);
    await page.waitForSelector('.machine');
    await expect.poll(() => page.locator('.notice.bad').count()).toBe(0);
    await closePage(watched);
  });
});
