/** What stands in the way, and the way from there into the tree. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openCapture, openPage, ownChromium, WAYS } from './browser.ts';

const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const chromium = ownChromium();

/** Is an element wholly within another? */
async function within(page: Page, inner: string, outer: string): Promise<boolean> {
  const [a, b] = await Promise.all([page.locator(inner).boundingBox(), page.locator(outer).boundingBox()]);
  if (a === null || b === null) return false;
  return a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
}

inChromium('the findings', () => {
  test.each(WAYS)('say what the doctor says, by weight, and each leads to its device on the tree: %s', async (way) => {
    // So low that the device is not in sight until it is scrolled to.
    const { page, done } = await openCapture(chromium(), way, ACS, { viewport: { width: 1440, height: 300 } });
    await page.waitForSelector('[data-view=findings] >> text=2');
    await page.click('[data-view=findings]');
    await expect
      .poll(() => page.locator('.ailment h3').allTextContents())
      .toEqual([
        'ACS redirect keeps 6 pairs from being direct',
        '14 of 20 pairs are refused, and no setting changes it',
      ]);
    const redirect = page.locator('.ailment[data-code=redirect]');
    await expect
      .poll(() => redirect.textContent())
      .toContain('other0…other2 can reach each other without the IOMMU seeing it');
    await redirect.locator('summary').click();
    await expect.poll(() => redirect.locator('.copy pre').first().textContent()).toMatch(/^pci=disable_acs_redir=/);
    await redirect.locator('.place', { hasText: '0000:02:01.0' }).click();
    await page.waitForSelector('[id="box-0000:02:01.0"].chosen');
    await expect.poll(() => within(page, '[id="box-0000:02:01.0"] .body', '.tree-scroll')).toBe(true);
    await page.waitForSelector('.device >> text=0000:02:01.0');
    await expect.poll(() => page.textContent('.device')).toContain('ACS redirect keeps 6 pairs from being direct');
    await done();
  });

  test('a remedy tried on the model takes its finding away, and shows what it costs', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=findings`);
    const { page } = watched;
    await page.click('.ailment[data-code=redirect] >> text=Try it on the model');
    await page.waitForSelector('.ailment[data-code=group-gap]');
    await expect.poll(() => page.locator('.ailment[data-code=redirect]').count()).toBe(0);
    await page.click('.question >> text=As it is');
    await page.waitForSelector('.ailment[data-code=redirect]');
    await closePage(watched);
  });

  test('the filter finds devices and words, and a machine without findings is said to be well', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:bus-offset&view=findings`);
    const { page } = watched;
    await page.waitForSelector('.ailment');
    await page.fill('.findings .filter', 'GPU1');
    await page.waitForSelector('text=2 of 3 findings');
    // A port that no sentence names.
    await page.fill('.findings .filter', '0000:02:01.0');
    await page.waitForSelector('text=1 of 3 findings');
    await page.click('text=Open…');
    await page.click('[data-example=dual-socket-allowlisted]');
    await page.waitForSelector('text=Nothing found that stands in the way of peer-to-peer DMA.');
    await closePage(watched);
  });
});
