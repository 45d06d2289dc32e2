/** The scenarios that come with the page. */
import { readdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const chromium = ownChromium();
const STILL = { reducedMotion: 'reduce' } as const;

function text(page: Page, selector: string): Promise<string> {
  return page
    .locator(selector)
    .allTextContents()
    .then((all) => all.join('\n'));
}

inChromium('the scenarios that come with peerpath', () => {
  test.each([0, 1, 2])('all play to their end as expected, part %i', async (part) => {
    const names = readdirSync(repositoryFile('examples/scenarios')).map((file) => file.replace('.yaml', ''));
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    for (const name of names.filter((_, at) => at % 3 === part)) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#open=scenario:${name}&view=lab&step=9999`);
      await page.waitForSelector(`.lab-title h2 >> text="${name}"`);
      await page.waitForSelector('.ending');
      expect([name, await text(page, '.ending')]).toEqual([name, ' ✓ passed']);
      // Those before it go: their workers would take time from it.
      if ((await page.locator('.tab').count()) > 1) await page.click('.tab >> nth=0 >> .close');
    }
    await closePage(watched);
  });

  test('are all offered', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const shipped = readdirSync(repositoryFile('examples/scenarios')).map((file) => file.replace('.yaml', ''));
    await watched.page.waitForSelector('[data-scenario]', { state: 'attached' });
    const offered = await watched.page.$$eval('[data-scenario]', (all) =>
      all.map((each) => each.getAttribute('data-scenario')),
    );
    expect(offered.toSorted()).toEqual(shipped.toSorted());
    await closePage(watched);
  });

  test('have every view answer for their boot, or say that it does not', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=scenario:iommu-off-is-faster`, STILL);
    const { page } = watched;
    await page.waitForSelector('.lab .controls');
    await page.waitForSelector('.question >> text=IOMMU off');
    expect(await page.locator('.other-boot').count()).toBe(0);
    await page.click('.question >> text=As it is');
    await page.click('.other-boot button');
    await page.waitForSelector('.question >> text=IOMMU off');
    await page.waitForSelector('.other-boot', { state: 'detached' });
    await closePage(watched);
  });

  test('show what regions and address spaces hold', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=scenario:iommufd-asks-nobody&step=9`, STILL);
    const { page } = watched;
    await page.waitForSelector('.objects >> text=address space');
    await expect.poll(() => text(page, '.objects')).toMatch(/references?: .*address space/);
    await page.evaluate(() => {
      location.hash = '#open=scenario:rdma-region-faults&step=3';
    });
    await page.waitForSelector('.objects >> text=memory region');
    await closePage(watched);
  });
});
