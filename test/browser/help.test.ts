/** Search, keys and words in front of the page, and what the page to start from shows. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axeViolations, closePage, FROM_DISK, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const chromium = ownChromium();

function focused(page: Page): Promise<string> {
  return page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.className ?? '',
  );
}

inChromium('search, keys and words', () => {
  test('come with ?, hold the focus, and give it back', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    const { page } = watched;
    await page.focus('.matrix-scroll');
    await page.keyboard.press('?');
    await page.waitForSelector('.help[open] .keys');
    await expect.poll(() => focused(page)).toContain('Search devices');
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.help[open]').count()).toBe(0);
    await expect.poll(() => focused(page)).toContain('33 by 33 devices');
    await closePage(watched);
  });

  test('the words are those of the glossary, all of them', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await page.click('[aria-label="Search, keys and words"]');
    await page.waitForSelector('.glossary');
    const terms = [...readFileSync(repositoryFile('docs/glossary.md'), 'utf8').matchAll(/^- \*\*(.+?)\*\*/gm)];
    expect(await page.locator('.glossary dt').allTextContents()).toEqual(terms.map(([, term]) => term));
    const { version } = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as { version: string };
    await expect.poll(() => page.textContent('.help-foot')).toContain(`peerpath ${version}`);
    for (const link of await page.locator('.help-foot a').all()) {
      const href = (await link.getAttribute('href')) ?? '';
      expect([href, readFileSync(repositoryFile(`dist/web/${href}`), 'utf8').length > 500]).toEqual([href, true]);
    }
    await closePage(watched);
  });

  test('a search leads to a device, a view, an example', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    const { page } = watched;
    await page.waitForSelector('.matrix-scroll');
    const find = async (text: string): Promise<void> => {
      await page.keyboard.press('/');
      await page.waitForSelector('.help[open] input');
      await page.keyboard.type(text);
      await page.waitForSelector('.found button');
      await page.keyboard.press('Enter');
    };
    await find('gpu3');
    await page.waitForSelector('.device >> text=GPU3');
    await find('findings');
    await page.waitForSelector('[data-view=findings][aria-current=true]');
    await find('amd desktop');
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    await closePage(watched);
  });
});

inChromium('the page to start from', () => {
  test('has an example that answers, both ways', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await page.waitForSelector('.live-picture[data-answer=through]');
    await page.click('text=ACS redirect off');
    await page.waitForSelector('.live-picture[data-answer=direct]');
    await expect.poll(() => page.textContent('.live-answer')).toContain('Yes, directly');
    await page.click('text=ACS redirect on');
    await page.waitForSelector('.live-picture[data-answer=through]');
    expect(await axeViolations(page)).toEqual([]);
    await page.click('text=Open this machine');
    await page.waitForSelector('.tab.active >> text=vm-passthrough');
    await closePage(watched);
  });

  test('gives the capture script that the command prints', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Save capture.sh')]);
    expect(download.suggestedFilename()).toBe('capture.sh');
    expect(readFileSync(await download.path(), 'utf8')).toBe(readFileSync(repositoryFile('assets/capture.sh'), 'utf8'));
    await closePage(watched);
  });
});
