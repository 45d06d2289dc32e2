/** Nothing jumps: what is on the page stays where it is while more arrives. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { closePage, dropFile, FROM_DISK, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const chromium = ownChromium();

interface Shift {
  readonly value: number;
  readonly what: readonly string[];
}

/** Collects shifts of the layout from now on, also those that follow on a click. */
async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shifts: { value: number; what: string[] }[] = [];
    Object.assign(globalThis, { shifts });
    const name = (node: Node | null | undefined): string =>
      node instanceof Element ? `${node.tagName}.${node.getAttribute('class')}` : '';
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as unknown as { value: number; sources: { node: Node | null }[] };
        shifts.push({ value, what: sources.map(({ node }) => name(node)) });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

inChromium('the layout', () => {
  test.each([
    ['laptop', { width: 1440, height: 900 }],
    ['phone', { width: 380, height: 780 }],
  ])('moves nothing of its own accord: %s', async (size, viewport) => {
    const watched = await openPage(chromium(), FROM_DISK, { viewport });
    const { page } = watched;
    await watchShifts(page);
    await dropFile(page, { name: 'capture.tar.gz', bytes: readFileSync(repositoryFile(ACS)) });
    await page.waitForSelector('.matrix-scroll canvas');
    await page.waitForSelector('[data-view=findings] >> text=2');
    if (size === 'phone') await page.click('[data-view=pair]');
    await page.selectOption('#provider', { label: 'other0  0000:03:00.0' });
    await page.waitForSelector('.direction');
    await page.selectOption('#client', { label: 'other1  0000:04:00.0' });
    await page.waitForSelector('.fix');
    for (const view of ['tree', 'table', 'findings', 'matrix', 'device', 'whatif']) {
      await page.click(`[data-view=${view}]`);
      await page.waitForFunction(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60))));
    }
    await page.click('text=Clear redirect');
    await page.waitForSelector('.question');
    await page.click('.question >> text=As it is');
    await page.waitForSelector('.question >> text=nothing is changed');
    const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: Shift[] }).shifts);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(0.1);
    await closePage(watched);
  });

  test.each([
    ['wall', { width: 1920, height: 1080 }],
    ['laptop', { width: 1000, height: 700 }],
    ['phone', { width: 380, height: 780 }],
  ])('keeps the buttons of the player where they are: %s', async (_, viewport) => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=scenario:five-tib-in-chunks&view=lab`, { viewport });
    const { page } = watched;
    await page.waitForSelector('.picture');
    const places = await page.evaluateHandle(() => {
      const places = new Set<string>();
      const buttons = [...document.querySelectorAll('.controls button:not(.link), .controls select')];
      const look = (): void => {
        const boxes = buttons.map((button) => button.getBoundingClientRect());
        places.add(boxes.map(({ x, y, width }) => `${x} ${y} ${width}`).join(', '));
        requestAnimationFrame(look);
      };
      look();
      return places;
    });
    await page.click('[data-control=Play]');
    await page.waitForSelector('.step.now[data-step="2"]');
    await page.click('[data-control="To the end"]');
    await page.waitForSelector('.ending');
    await page.waitForSelector('text=Replay');
    expect(await places.evaluate((set) => [...set].slice(1))).toEqual([]);
    await closePage(watched);
  });
});
