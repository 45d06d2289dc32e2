/** The scatter-gather table of a mapping. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openPage, ownChromium, type Watched } from './browser.ts';

const chromium = ownChromium();

inChromium('the table', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(
      chromium(),
      `${FROM_DISK}#open=example:hgx-8gpu&view=table&provider=0000:18:00.0&client=0000:1a:00.0`,
    );
    await watched.page.waitForSelector('.outcome');
  });
  afterAll(() => closePage(watched));

  test('maps a BAR, proves it, and scrolls a million entries', async () => {
    const { page } = watched;
    await page.waitForSelector('.outcome >> text=Proved');
    await page.click('[data-view=whatif]');
    await page.click('text=Clear redirect');
    await page.fill('.map-form textarea', '0 4K every 8K times 1000000');
    await page.locator('.map-form textarea').blur();
    await page.waitForSelector('.exports >> text=1,000,000 entries', { timeout: 40_000 });
    const rows = page.locator('.rows');
    await rows.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await page.waitForSelector('.rows >> text=999999');
    expect(await page.locator('.rows .row').count()).toBeLessThan(60);
    await page.click('.question >> text=As it is');
  });
});
