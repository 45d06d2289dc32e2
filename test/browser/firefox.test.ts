/** What people do first, in Firefox as well. `BROWSER=firefox npx vitest run test/browser` runs all of the tests in it. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  axeViolations,
  closePage,
  dropFile,
  dropFiles,
  FROM_DISK,
  openCapture,
  openPage,
  repositoryFile,
  settled,
} from './browser.ts';
import { findFirefox, launchFirefox } from './firefox.ts';

const CAPTURE = 'test/machines/acsswitch-intel/capture.tar.gz';
const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';

describe.skipIf(findFirefox() === undefined)('in Firefox', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchFirefox();
  });
  afterAll(() => browser.close());

  test('a capture is read, every view shows, and those people see first break no accessibility rule', async () => {
    const watched = await openPage(browser, FROM_DISK);
    const { page } = watched;
    await dropFile(page, { name: 'host.tar.gz', bytes: readFileSync(repositoryFile(CAPTURE)) });
    await page.waitForSelector('.matrix-scroll canvas');
    for (const [view, shows] of [
      ['tree', '.tree-picture'],
      ['table', '.map-form textarea'],
      ['findings', '.findings .filter'],
      ['reports', '.report-answer'],
      ['lab', '.lab-choose h3'],
      ['device', '.device'],
      ['whatif', '.whatif'],
      ['matrix', '.matrix-scroll canvas'],
    ] as const) {
      await page.click(`[data-view=${view}]`);
      await page.waitForSelector(shows);
      await settled(page);
      if (view === 'tree' || view === 'matrix') expect([view, await axeViolations(page)]).toEqual([view, []]);
    }
    await closePage(watched);
  });

  test('keys choose a pair; what clears its redirect is counted, and taken back', async () => {
    const watched = await openPage(browser, `${FROM_DISK}#open=example:vm-passthrough`);
    const { page } = watched;
    await page.focus('.matrix-scroll');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.direction');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('panel pair');
    await page.click('.fix .primary');
    await page.waitForSelector('.question >> text=2 pairs changed');
    await page.click('.question >> text=As it is');
    await page.waitForSelector('.question >> text=nothing is changed');
    await closePage(watched);
  });

  test('a scenario plays to its end', async () => {
    const watched = await openPage(browser, `${FROM_DISK}#open=scenario:gpu-nic-one-switch&view=lab`);
    const { page } = watched;
    await page.click('[data-control="To the end"]');
    await page.waitForSelector('.ending.passed');
    await closePage(watched);
  });

  test('two files are open again after a reload', async () => {
    const watched = await openPage(browser, FROM_DISK);
    const { page } = watched;
    await dropFiles(page, [{ name: 'lspci.txt', bytes: readFileSync(repositoryFile(LSPCI)) }]);
    await page.waitForSelector('.tab.active >> text=lspci.txt');
    await page.waitForSelector('text=Forget files');
    await page.reload();
    await page.waitForSelector('.tab.active >> text=lspci.txt');
    await closePage(watched);
  });

  test('a machine that is served is shown', async () => {
    const served = await openCapture(browser, 'served', CAPTURE);
    await expect.poll(() => served.page.textContent('.machine-line')).toContain('capture archive: ');
    await served.done();
  });
});
