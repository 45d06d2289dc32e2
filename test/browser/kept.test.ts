/** What is open survives a reload and the way back, on this device alone, until it is forgotten. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openPage,
  ownChromium,
  repositoryFile,
  settled,
  type Watched,
} from './browser.ts';

const CAPTURE = 'test/machines/acsswitch-intel/capture.tar.gz';
const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';
const chromium = ownChromium();

async function dropTwo(): Promise<Watched> {
  const watched = await openPage(chromium(), FROM_DISK);
  const { page } = watched;
  await dropFile(page, { name: 'host.tar.gz', bytes: readFileSync(repositoryFile(CAPTURE)) });
  await page.waitForSelector('.tab.active >> text=host.tar.gz');
  await dropFile(page, { name: 'lspci.txt', bytes: readFileSync(repositoryFile(LSPCI)) });
  await page.waitForSelector('.tab.active >> text=lspci.txt');
  await page.waitForSelector('text=Forget files');
  await settled(page);
  return watched;
}

const tabs = (page: Page) => page.locator('.tab').count();

inChromium('files that were dropped', () => {
  test('are open again after a reload, the one that was looked at in front, with its view and pair', async () => {
    const watched = await dropTwo();
    const { page } = watched;
    await page.click('.tab >> text=host.tar.gz');
    await page.click('[data-view=tree]');
    await page.selectOption('#provider', { index: 1 });
    await page.waitForSelector('.direction');
    await settled(page);
    await expect.poll(() => new URL(page.url()).hash).toContain('provider=');
    const hash = new URL(page.url()).hash;
    await page.reload();
    await page.waitForSelector('.tab.active >> text=host.tar.gz');
    await expect.poll(() => tabs(page)).toBe(2);
    await page.waitForSelector('.direction');
    await page.waitForSelector('[data-view=tree][aria-current=true]');
    await expect.poll(() => new URL(page.url()).hash).toBe(hash);
    await closePage(watched);
  });

  test('are called what people name them, also after a reload and in the title of the page', async () => {
    const watched = await dropTwo();
    const { page } = watched;
    await page.focus('.tab.active button');
    await page.keyboard.press('F2');
    await page.waitForSelector('.tab-name');
    await page.keyboard.type('  node 7 ');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.tab.active >> text=node 7');
    expect(await page.title()).toBe('node 7 - peerpath');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('node 7');
    await page.reload();
    await page.waitForSelector('.tab >> text=node 7');
    await page.dblclick('.tab.active >> text=node 7');
    await page.fill('.tab-name', '');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.tab.active >> text=lspci.txt');
    await closePage(watched);
  });

  test('are gone after a reload once they are forgotten, or closed', async () => {
    const watched = await dropTwo();
    const { page } = watched;
    await page.click('[aria-label="Close lspci.txt"]');
    await page.reload();
    await page.waitForSelector('.tab.active >> text=host.tar.gz');
    expect(await tabs(page)).toBe(1);
    await page.click('text=Forget files');
    await page.waitForSelector('text=Forget files', { state: 'detached' });
    await page.reload();
    await page.waitForSelector('.start');
    expect(await tabs(page)).toBe(0);
    await closePage(watched);
  });

  test('are not those of another window', async () => {
    const watched = await dropTwo();
    const other = await watched.page.context().newPage();
    await other.goto(FROM_DISK);
    await other.waitForSelector('.start');
    await other.waitForFunction(() => document.querySelector('[role=status]') === null);
    expect(await tabs(other)).toBe(0);
    await closePage(watched);
  });

  test('are left for the page to open machines from by going back, and found by going forward', async () => {
    const watched = await dropTwo();
    const { page } = watched;
    await page.goBack();
    await page.waitForSelector('.tab.active >> text=host.tar.gz');
    await page.goBack();
    await page.waitForSelector('.start');
    expect(await tabs(page)).toBe(2);
    await page.goForward();
    await page.waitForSelector('.tab.active >> text=host.tar.gz');
    await closePage(watched);
  });
});
