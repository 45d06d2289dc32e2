/** The matrix of pairs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openPage, ownChromium, type Watched } from './browser.ts';

const chromium = ownChromium();

inChromium('the matrix', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.waitForSelector('.matrix-scroll canvas');
  });
  afterAll(() => closePage(watched));

  test('arrow keys choose a pair and say it', async () => {
    const { page } = watched;
    await page.focus('.matrix-scroll');
    // The first pair of the first row: a device and itself are none.
    await page.keyboard.press('Home');
    await page.waitForSelector('.direction >> text=GPU1');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.direction >> text=GPU2');
    await expect
      .poll(() => page.textContent('[aria-live=polite]'))
      .toBe('GPU2 to memory of GPU0: through the host bridge');
  });

  test('a click chooses the pair of the cell below it', async () => {
    const { page } = watched;
    const [cell = 0, left = 0, top = 0] = await page.$eval('.matrix-scroll', ({ dataset }) =>
      ['cell', 'left', 'top'].map((name) => Number(dataset[name])),
    );
    await page.locator('canvas').click({ position: { x: left + 3.5 * cell, y: top + 1.5 * cell } });
    await expect
      .poll(() => page.textContent('[aria-live=polite]'))
      .toBe('GPU3 to memory of GPU1: through the host bridge');
    await page.waitForSelector('.way >> text=GPU3');
  });

  test('the filter leaves the devices it names', async () => {
    const { page } = watched;
    await page.fill('.matrix .filter', 'gpu nic');
    await page.waitForSelector('[aria-label^="16 by 16 devices"]');
    await page.fill('.matrix .filter', '');
    await page.waitForSelector('[aria-label^="33 by 33 devices"]');
  });
});
