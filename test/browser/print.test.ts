/** The page on paper: black on white, whole, without controls. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inChromium, type OpenCapture, openCapture, ownChromium } from './browser.ts';

const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const CONTROLS = ['.tools', '.views', '.copy-button', '.presets', '.top > button', '.more', '.swap', '.exports button'];
const chromium = ownChromium();

inChromium('a printed page', () => {
  let open: OpenCapture;
  beforeAll(async () => {
    // Dark on the screen; an A4 sheet less its margins is 703 pixels wide.
    open = await openCapture(chromium(), 'from disk', ACS, {
      colorScheme: 'dark',
      viewport: { width: 703, height: 1000 },
    });
    await open.page.selectOption('#provider', { label: 'other0  0000:03:00.0' }, { force: true });
    await open.page.selectOption('#client', { label: 'other1  0000:04:00.0' }, { force: true });
    await open.page.waitForSelector('.fix .copy-button', { state: 'attached' });
  });
  afterAll(() => open.done());

  test.each([
    ['matrix', '.printed-matrix', 'other2'],
    ['tree', '.printed-tree', 'switch'],
    ['table', '.table .verdict', ''],
    ['findings', '.ailment', 'ACS redirect keeps 6 pairs from being direct'],
  ])('of the %s has it whole, and the verdict of the pair', async (view, selector, words) => {
    const { page } = open;
    await page.emulateMedia({ media: 'screen' });
    await page.click(`[data-view=${view}]`);
    await page.waitForSelector(view === 'table' ? '.outcome' : `.${view}`);
    await page.emulateMedia({ media: 'print' });
    await page.locator(selector).first().waitFor();
    await expect.poll(() => page.locator(selector).first().textContent()).toContain(words);
    await page.locator('.direction .verdict').waitFor();
    for (const control of CONTROLS)
      expect([control, await page.locator(control).locator('visible=true').count()]).toEqual([control, 0]);
    const found = await page.evaluate(() => {
      const cut: string[] = [];
      const coloured = new Set<string>();
      for (const element of document.querySelectorAll('#app *')) {
        const box = element.getBoundingClientRect();
        if (box.width < 2 || box.height < 2 || element.closest('.unseen, svg, option') !== null) continue;
        const style = getComputedStyle(element);
        if (box.right > window.innerWidth + 1) cut.push(element.className || element.tagName);
        if (
          style.overflowY !== 'visible' &&
          element.scrollHeight > element.clientHeight + 2 &&
          element.tagName !== 'TEXTAREA'
        )
          cut.push(`${element.className || element.tagName}: ${style.overflowY}`);
        const [r = 0, g = 0, b = 0] = (style.color.match(/\d+/g) ?? []).map(Number);
        if (Math.max(r, g, b) > 60) coloured.add(style.color);
      }
      return { cut, coloured: [...coloured], paper: getComputedStyle(document.body).backgroundColor };
    });
    expect(found).toEqual({ cut: [], coloured: [], paper: 'rgb(255, 255, 255)' });
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
  });

  test('has every pair as a letter, and every function of the tree', async () => {
    const { page } = open;
    await page.emulateMedia({ media: 'print' });
    await page.$eval('[data-view=matrix]', (button) => (button as HTMLElement).click());
    await expect.poll(() => page.locator('.printed-matrix td').count()).toBe(25);
    await page.$eval('[data-view=tree]', (button) => (button as HTMLElement).click());
    await expect
      .poll(() => page.locator('.printed-tree .box title').allTextContents())
      .toContainEqual(expect.stringContaining('0000:05:00.0'));
  });
});
