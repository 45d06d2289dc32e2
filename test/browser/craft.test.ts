/** What holds for every view: rules of accessibility, sizes, colours. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axeViolations, closePage, FROM_DISK, inChromium, openPage, ownChromium, settled } from './browser.ts';

const chromium = ownChromium();

/** Where each view begins. */
const VIEWS = [
  ['matrix', '.matrix-scroll canvas'],
  ['tree', '.box'],
  ['table', '.outcome'],
  ['findings', '.ailment'],
  ['pair', '.direction'],
  ['device', '.device dl'],
  ['whatif', '.acs'],
] as const;

/** Breaks of accessibility rules in both themes, and what sticks out of the window. */
async function troublesOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const violation of await axeViolations(page)) found.push(`${colorScheme}: ${violation}`);
  }
  if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth))
    found.push('wider than the window');
  return found;
}

inChromium('every view', () => {
  test.each([
    ['phone', { width: 380, height: 780 }],
    ['laptop', { width: 1440, height: 900 }],
    ['wall', { width: 2560, height: 1440 }],
  ])('breaks no accessibility rule, light or dark, and fits: %s', async (size, viewport) => {
    const watched = await openPage(chromium(), FROM_DISK, { viewport });
    const { page } = watched;
    await expect.poll(() => troublesOf(page)).toEqual([]);
    await page.click('[data-example="vm-passthrough"]');
    await page.waitForSelector('.machine');
    const pair = page.locator('.chooser');
    if (size === 'phone') await page.click('[data-view=pair]');
    await pair.locator('#provider').selectOption({ index: 1 });
    for (const [view, begins] of VIEWS) {
      await page.click(`button[data-view=${view}]`);
      if (view === 'whatif') await page.click('text=Clear redirect');
      await page.waitForSelector(begins);
      await settled(page);
      expect([view, await troublesOf(page)]).toEqual([view, []]);
    }
    await closePage(watched);
  });

  test('a wall display shows matrix and tree together, a laptop one of them', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`, {
      viewport: { width: 2560, height: 1440 },
    });
    const { page } = watched;
    await page.waitForSelector('.matrix-scroll canvas');
    await page.waitForSelector('.tree-scroll .box');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.waitForSelector('.tree-scroll', { state: 'detached' });
    await expect.poll(() => page.locator('.matrix-scroll').count()).toBe(1);
    await closePage(watched);
  });

  test('on a phone every view is a press away, with nothing cut off', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`, {
      viewport: { width: 380, height: 780 },
    });
    const { page } = watched;
    await page.waitForSelector('.matrix-scroll canvas');
    for (const button of await page.locator('.bar button, .top button').all()) {
      const box = await button.boundingBox();
      const name = await button.textContent();
      expect([name, (box?.x ?? -1) >= 0, (box?.x ?? 0) + (box?.width ?? 999) <= 380]).toEqual([name, true, true]);
    }
    await closePage(watched);
  });
});
