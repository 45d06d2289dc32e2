/** The explanation of a pair, and its fix on the model. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openPage, ownChromium, settled, type Watched } from './browser.ts';

const chromium = ownChromium();

inChromium('a pair', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.waitForSelector('.matrix-scroll canvas');
  });
  afterAll(() => closePage(watched));

  test('the fix tried on the model makes the pair direct, and undo takes it back', async () => {
    const { page } = watched;
    await page.selectOption('#provider', { label: 'GPU0  0000:18:00.0' });
    await page.selectOption('#client', { label: 'NIC0  0000:1a:00.0' });
    await page.waitForSelector('.fix');
    await expect.poll(() => page.textContent('.fix')).toContain('Price: GPU0, NIC0 can reach each other');
    await page.click('text=Try it on the model');
    await page.waitForSelector('.verdict.direct');
    await expect.poll(() => page.textContent('.end')).toContain('reaches GPU0 0000:18:00.0 BAR 2');
    await expect
      .poll(() => page.textContent('.packet-stops'))
      .toContain('no ACS redirect: the switch routes to the peer port directly');
    await expect.poll(() => page.textContent('.legend')).toContain('changed');
    await page.click('.question >> text=Undo');
    await page.waitForSelector('.verdict.through');
  });

  test('a single ACS switch changes the matrix, and is named as a kernel parameter', async () => {
    const { page } = watched;
    await page.click('[data-view=whatif]');
    await page.click('[data-port="0000:17:00.0"][data-bit="ReqRedir"]');
    await page.waitForSelector('.parameters >> text=pci=config_acs=0xx@0000:15:01.0/00.0/00.0');
    await page.click('[data-port="0000:17:00.0"][data-bit="ReqRedir"]');
    await page.waitForSelector('.question >> text=nothing is changed');
    await page.click('text=off');
    await page.waitForSelector('.parameters >> text=intel_iommu=off');
    await page.waitForSelector('text=No IOMMU groups');
    await page.click('.question >> text=As it is');
  });

  test('the stops of the request have the same numbers on the tree, and lead to it', async () => {
    const { page } = watched;
    await page.click('[data-view=pair]');
    await page.selectOption('#provider', { label: 'GPU0  0000:18:00.0' });
    await page.selectOption('#client', { label: 'NIC0  0000:1a:00.0' });
    await page.click('[data-view=tree]');
    await page.waitForSelector('.stop-number');
    await settled(page);
    const stops = await page.locator('.packet-stops').first().locator('li').count();
    const numbers = (await page.locator('.stop-number').allTextContents()).flatMap((text) => text.split('·'));
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: stops }, (_, at) => at + 1));
    await page.click('[data-view=matrix]');
    await page.click('.packet-stops .stop-name >> text=0000:17:02.0');
    await page.waitForSelector('.box.chosen .title >> text=17:02.0');
    await page.waitForSelector('.side-view .packet-stops');
  });
});
