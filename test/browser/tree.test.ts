/** The tree of a machine. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openPage, ownChromium, type Watched } from './browser.ts';

const chromium = ownChromium();

inChromium('the tree', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(
      chromium(),
      `${FROM_DISK}#open=example:hgx-8gpu&view=tree&provider=0000:18:00.0&client=0000:1a:00.0`,
    );
    await watched.page.waitForSelector('.box.on-way');
  });
  afterAll(() => closePage(watched));

  test('lights the way, folds, and takes keys', async () => {
    const { page } = watched;
    expect(await page.locator('.box.on-way').count()).toBeGreaterThanOrEqual(5);
    expect(await page.locator('.link.lit').count()).toBeGreaterThanOrEqual(4);
    const before = await page.locator('[role=treeitem]').count();
    await page.focus('.tree-scroll');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('[role=treeitem]').count()).toBeLessThan(before);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('[role=treeitem]').count()).toBe(before);
    await page.locator('.box', { hasText: 'nvme0' }).first().click();
    await page.waitForSelector('.device >> text=NVMe drive');
  });
});
