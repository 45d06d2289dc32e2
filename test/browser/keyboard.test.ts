/** Everything by keyboard alone: from the start to a fix and through all views, with the focus in sight. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { closePage, FROM_DISK, inChromium, openPage, ownChromium } from './browser.ts';

const chromium = ownChromium();

/** Presses Tab until the focused element matches; that it does within a few dozen steps is that nothing traps it. */
async function tabTo(page: Page, selector: string, back = false): Promise<void> {
  const seen: string[] = [];
  for (let steps = 0; steps < 90; steps++) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    const at = await page.evaluate((wanted) => {
      const element = document.activeElement;
      if (element === null || element === document.body) return { found: false, name: 'body', visible: true };
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
      // A file field is spread over its frame, which then has the outline.
      const frame = element.matches('input[type=file]') ? element.parentElement : null;
      const framed = frame !== null && getComputedStyle(frame).outlineStyle !== 'none';
      return { found: element.matches(wanted), name: element.outerHTML.slice(0, 120), visible: outlined || framed };
    }, selector);
    seen.push(at.name);
    expect([at.name, at.visible]).toEqual([at.name, true]);
    if (at.found) return;
  }
  throw new Error(`no ${selector} among:\n${seen.join('\n')}`);
}

inChromium('the keyboard', () => {
  test('opens an example, chooses a pair, reaches the fix, and goes through all views', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const said = () => page.textContent('[aria-live=polite]');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('To the content');
    await tabTo(page, '[data-example="vm-passthrough"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.matrix-scroll');
    await expect.poll(said).toContain('vm-passthrough is open: ');
    await tabTo(page, '.matrix-scroll');
    await page.keyboard.press('ArrowRight');
    await expect.poll(said).toMatch(/ to memory of .*: /);
    await page.waitForSelector('.direction');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Home']) await page.keyboard.press(key);
    await tabTo(page, '#provider');
    await page.keyboard.type('GPU0');
    await tabTo(page, '#client');
    await page.keyboard.type('NIC0');
    await page.waitForSelector('.fix');
    await tabTo(page, '.fix .copy-button');
    await tabTo(page, '.fix .primary');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.verdict.direct');
    for (const [view, reached, back] of [
      ['tree', '.tree-scroll', true],
      ['table', '.map-form textarea', true],
      ['findings', '.findings .filter', true],
      ['reports', '.report-kinds button', true],
      ['lab', '.lab-choose [data-scenario]', true],
      ['matrix', '.matrix-scroll', true],
      ['device', '.device', false],
      ['whatif', '.whatif', false],
      ['pair', '.panel.pair', true],
    ] as const) {
      await tabTo(page, `[data-view=${view}]`, back);
      await page.keyboard.press('Enter');
      await page.waitForSelector(reached);
      // What was pressed keeps the focus while the view comes, and all of the view is in reach.
      expect(await page.evaluate(() => document.activeElement?.getAttribute('data-view'))).toBe(view);
      if (back && view !== 'pair') await tabTo(page, reached);
    }
    await tabTo(page, '.question .ways button:last-child');
    await closePage(watched);
  });

  test.each([
    ['desktop', { width: 1440, height: 900 }],
    ['narrow', { width: 760, height: 900 }],
  ])('goes from a cell to its explanation and back: %s', async (_, viewport) => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:vm-passthrough`, { viewport });
    const { page } = watched;
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.className ?? '');
    await page.focus('.matrix-scroll');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('panel pair');
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('matrix-scroll');
    await closePage(watched);
  });

  test('moves the player of a scenario that was just opened', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await page.click('text=scenarios to play');
    await page.focus('[data-scenario="gpu-nic-one-switch"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.lab .controls');
    await page.waitForSelector('.picture');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.step.now[data-step="1"]');
    await closePage(watched);
  });

  test('every control has a name that says what it does', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:vm-passthrough`);
    const { page } = watched;
    await page.waitForSelector('.machine');
    for (const view of ['matrix', 'tree', 'table', 'findings', 'pair', 'device', 'whatif']) {
      await page.click(`button[data-view=${view}]`);
      const bare = await page.$$eval('button, a[href], select, textarea, input', (all) =>
        all
          .filter((element) => {
            const label = element.getAttribute('aria-label') ?? (element as HTMLInputElement).labels?.[0]?.textContent;
            return (label ?? element.textContent ?? '').trim().length < 1;
          })
          .map((element) => element.outerHTML.slice(0, 100)),
      );
      expect([view, bare]).toEqual([view, []]);
    }
    await closePage(watched);
  });
});
