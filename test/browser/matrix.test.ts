/** The matrix of pairs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeViolations, closePage, FROM_DISK, inChromium, openPage, ownChromium, type Watched } from './browser.ts';

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

  test('what nobody asked about is counted below it, as long as nothing is chosen', async () => {
    const { page } = watched;
    await page.mouse.move(1, 1);
    await expect.poll(() => page.textContent('.legend')).toContain('Left out: 1 display (“bridges too”');
    await page.fill('.matrix .filter', 'gpu');
    await expect.poll(() => page.textContent('.legend')).not.toContain('Left out');
    await page.fill('.matrix .filter', '');
    await page.waitForSelector('[aria-label^="33 by 33 devices"]');
  });

  test('the filter leaves the devices it names', async () => {
    const { page } = watched;
    await page.fill('.matrix .filter', 'gpu nic');
    await page.waitForSelector('[aria-label^="16 by 16 devices"]');
    await page.fill('.matrix .filter', '');
    await page.waitForSelector('[aria-label^="33 by 33 devices"]');
  });
});

inChromium('the matrix of an eight-GPU server', () => {
  const open = async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.waitForSelector('.matrix-scroll canvas');
    return watched;
  };

  test('says in a sentence what holds, as it is and under a question', async () => {
    const watched = await open();
    const { page } = watched;
    const said = () => page.textContent('.sentence:not(.stale)');
    await expect
      .poll(said)
      .toBe('All 1056 pairs of 8 GPUs, 1 accelerator, 8 NICs and 16 NVMe: through host bridges, allowed.');
    await page.click('[data-view=whatif]');
    await page.click('text=Clear redirect');
    await expect.poll(said).toMatch(/^Below each of the 4 switches: 2 GPUs, 2 NICs, 4 NVMe, direct with each other/);
    await page.fill('.matrix .filter', 'gpu');
    await expect.poll(said).toMatch(/^Below each of the 4 switches: 2 GPUs, direct with each other/);
    await closePage(watched);
  });

  test('is coloured by class or distance, with the number of each, and by answers again', async () => {
    const watched = await open();
    const { page } = watched;
    const legend = () => page.locator('.matrix .legend li').allTextContents();
    await page.getByLabel('Colour by').selectOption('class');
    // Four switches of eight devices, and the accelerator on a root bus of its own.
    await expect.poll(async () => (await legend())[0]).toBe('I PIX: one switch 224');
    await page.getByLabel('Colour by').selectOption('distance');
    await expect.poll(async () => (await legend())[0]).toBe('4 4 hops 224');
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Colour by').selectOption('answer');
    await expect.poll(async () => (await legend())[0]).toBe('D direct 0');
    await closePage(watched);
  });

  test.each(['NUMA node', 'root bus', 'IOMMU group'])('is grouped by %s', async (by) => {
    const watched = await open();
    const { page } = watched;
    const drawn = () => page.evaluate(() => Number(document.documentElement.dataset['drawn'] ?? 0));
    const before = await drawn();
    await page.getByLabel('Group by').selectOption(by);
    await expect.poll(drawn).toBeGreaterThan(before);
    await page.focus('.matrix-scroll');
    await page.keyboard.press('Home');
    await page.waitForSelector('.direction');
    await closePage(watched);
  });
});
