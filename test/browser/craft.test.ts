/** What holds for every view: rules of accessibility, sizes, colours. */
import { expect, test } from 'vitest';
import { axeViolations, closePage, FROM_DISK, inChromium, openPage, ownChromium } from './browser.ts';

const chromium = ownChromium();

inChromium('every view', () => {
  test.each([
    ['phone, light', { width: 380, height: 780 }, 'light'],
    ['laptop, dark', { width: 1440, height: 900 }, 'dark'],
  ] as const)('breaks no accessibility rule: %s', async (_, viewport, colorScheme) => {
    const watched = await openPage(chromium(), FROM_DISK, { viewport, colorScheme });
    const { page } = watched;
    expect(await axeViolations(page)).toEqual([]);
    await page.click('[data-example="vm-passthrough"]');
    await page.waitForSelector('.machine');
    for (const view of ['matrix', 'tree', 'table', 'findings', 'pair', 'device', 'whatif']) {
      await page.click(`button[data-view=${view}]`);
      await page.waitForTimeout(150);
      expect([view, await axeViolations(page)]).toEqual([view, []]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect([view, wide]).toEqual([view, false]);
    }
    await closePage(watched);
  });
});
