/** What the page says is true and whole, also where the input leaves much open. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inChromium, type OpenCapture, openCapture, ownChromium } from './browser.ts';

const chromium = ownChromium();

inChromium('an lspci dump, which tells nothing of processor, IOMMU and kernel', () => {
  let open: OpenCapture;
  beforeAll(async () => {
    open = await openCapture(chromium(), 'from disk', 'test/machines/acsswitch-lspci/lspci.txt');
    await open.page.selectOption('#provider', { label: 'storage0  0000:00:1f.2' });
    await open.page.selectOption('#client', { label: 'other1  0000:04:00.0' });
  });
  afterAll(() => open.done());

  test('a request of which the end is not known is not said to get lost', async () => {
    const { page } = open;
    await expect
      .poll(() => page.textContent('.end'))
      .toMatch(/^\? It has no known end: .*; perhaps it reaches storage0/);
    expect(await page.locator('.way .also').allTextContents()).toEqual(
      Array.from({ length: 2 }, () => ['1 fact missing', 'whether a request arrives is not known']).flat(),
    );
  });

  test('the kernel is chosen where the page has it', async () => {
    const line = await open.page.textContent('.machine-line');
    expect(line).toContain('choose one under What if');
    expect(line).not.toContain('--kernel');
  });
});
