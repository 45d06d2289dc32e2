/** The scatter-gather table of a mapping. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeViolations, closePage, FROM_DISK, inChromium, openPage, ownChromium, type Watched } from './browser.ts';

const chromium = ownChromium();
const PAIR = 'open=example:hgx-8gpu&view=table&provider=0000:18:00.0&client=0000:1a:00.0';

inChromium('the table', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(chromium(), `${FROM_DISK}#${PAIR}`);
    await watched.page.waitForSelector('.outcome');
  });
  afterAll(() => closePage(watched));

  test('maps a BAR, proves it, and scrolls a million entries', async () => {
    const { page } = watched;
    await page.waitForSelector('.outcome >> text=is reached once');
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
    await expect.poll(() => page.locator('.rows .row').count()).toBeLessThan(60);
    await page.click('.question >> text=As it is');
  });

  test('kernel, IOMMU mode and intention are chosen beside the ranges', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#${PAIR}`);
    const { page } = watched;
    const form = page.locator('.map-form');
    await page.waitForSelector('.outcome');
    await form.locator('textarea').fill('0 1G\n2G 1G');
    await form.locator('textarea').blur();
    await page.waitForSelector('.outcome >> text=Refused with -EADDRINUSE');
    await page.waitForSelector('.outcome >> text=iova-link-offset-zero');
    await form.locator('text=as its authors meant it').click();
    await page.waitForSelector('.outcome >> text=1 entry, one run of I/O addresses');
    await form.locator('.iommu select').selectOption('off');
    await page.waitForSelector('.outcome >> text=2 entries, PCI bus addresses');
    await form.locator('.kernel select').selectOption('6.18');
    await page.waitForSelector('.outcome >> text=it came with Linux 6.19');
    await closePage(watched);
  });

  test('in place of a table the page shows what the proposed mapping types give', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#${PAIR}`);
    const { page } = watched;
    const form = page.locator('.map-form');
    await page.waitForSelector('.outcome');
    await form.locator('textarea').fill('0 1G\n2G 1G');
    await form.locator('textarea').blur();
    await page.waitForSelector('.outcome >> text=Refused with -EADDRINUSE');
    await form.locator('#map-form').selectOption('physical-list');
    await page.waitForSelector('.outcome >> text=a physical list: 2 ranges, one run of I/O addresses');
    await page.waitForSelector('.outcome >> text=Physical addresses, in order');
    expect(await page.locator('.rows').count()).toBe(0);
    await form.locator('#map-form').selectOption('own-link');
    await page.waitForSelector('.outcome >> text=-EADDRINUSE at map');
    await form.locator('#map-form').selectOption('table');
    await page.waitForSelector('.outcome >> text=Refused with -EADDRINUSE');
    await closePage(watched);
  });

  test('an entry that is looked at is marked in the list and in the drawing', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#${PAIR}`);
    const { page } = watched;
    await page.waitForSelector('.rows .row[aria-rowindex="5"]');
    await page.hover('.rows .row[aria-rowindex="5"]');
    await page.waitForSelector('.band.marked.shade-0');
    await expect.poll(() => page.locator('.rows .row.marked').textContent()).toMatch(/^3/);
    await page.focus('.rows');
    await page.keyboard.press('ArrowDown');
    await page.waitForSelector('.rows .row.marked >> text=/^4$/');
    await page.waitForSelector('.band.marked.shade-1');
    await page.keyboard.press('End');
    await page.waitForSelector('.rows .row.marked >> text=/^32$/');
    await page.waitForSelector('.band.marked.shade-2');
    await expect.poll(() => page.getAttribute('.rows', 'aria-activedescendant')).toBe('entry-32');
    await page.click('.band:not(.marked) >> nth=2');
    await page.waitForSelector('.rows .row.marked >> text=/^2$/');
    expect(await axeViolations(page)).toEqual([]);
    await closePage(watched);
  });

  test('the last of a million entries leads to the last page that was asked for', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#${PAIR}&iommu=off`);
    const { page } = watched;
    await page.waitForSelector('.outcome');
    await page.fill('.map-form textarea', '0 4K every 8K times 1000000');
    await page.locator('.map-form textarea').blur();
    await page.waitForSelector('.exports >> text=1,000,000 entries', { timeout: 40_000 });
    await page.focus('.rows');
    await page.keyboard.press('End');
    await page.waitForSelector('.rows .row.marked >> text=range 999999');
    await page.waitForSelector('.band.marked');
    await expect.poll(() => page.textContent('figcaption')).toContain('A band for every 4167th entry.');
    await closePage(watched);
  });
});
