/** Whole reports on the page: the documents of the command, for the question that is asked. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeViolations,
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openPage,
  ownChromium,
  repositoryFile,
  settled,
  type Watched,
  withoutAnswers,
} from './browser.ts';

const chromium = ownChromium();

async function report(page: Page, kind: string): Promise<void> {
  await page.click(`[data-report=${kind}]`);
  await settled(page);
}

function said(page: Page): Promise<string> {
  return page.locator('.report').innerText();
}

inChromium('the reports of an eight-GPU server', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=reports`);
    await watched.page.waitForSelector('.report-answer');
  });
  afterAll(() => closePage(watched));

  test('are each one document', async () => {
    const { page } = watched;
    for (const [kind, words] of [
      ['evidence', 'What was understood'],
      ['near', 'Who shares an uplink'],
      ['groups', 'group'],
      ['fix', 'pci=disable_acs_redir='],
    ] as const) {
      await report(page, kind);
      expect(await said(page)).toContain(words);
      // Options of the command are of no use to who reads it here.
      expect(
        (await said(page)).match(/(?:^|[ (])--[a-z][\w-]*|peerpath (?:near|fix|matrix|groups|doctor)\b/g),
      ).toBeNull();
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  test('fix takes the pairs that are wanted, and says what it cannot read', async () => {
    const { page } = watched;
    await report(page, 'fix');
    await page.fill('.report-choice input', 'gpu0<->nic0');
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await said(page)).toMatch(/0000:15:01\.0\/00\.0\/00\.0/);
    await page.fill('.report-choice input', 'gpu0 and nic0');
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await said(page)).toContain('Write pairs as gpu*<->nic*');
    await page.fill('.report-choice input', '');
    await page.keyboard.press('Enter');
    await settled(page);
  });

  test('a trace follows a request to an address', async () => {
    const { page } = watched;
    await report(page, 'trace');
    expect(await said(page)).toContain('Choose who asks');
    await page.selectOption('#trace-requester', { label: 'NIC0  0000:1a:00.0' });
    await page.fill('.report-choice input[type=text]', '0x1000');
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await page.textContent('.report-answer')).toMatch(/0x1000/);
  });

  test('what is changed is compared with the machine as it is, and two machines with each other', async () => {
    const { page } = watched;
    await page.click('[data-view=whatif]');
    await page.click('text=Clear redirect');
    await page.click('text=Before and after, drawn');
    await settled(page);
    expect(await page.textContent('.report-answer')).toMatch(/^224 of 1056 ordered pairs/);
    await expect.poll(() => page.locator('.difference-matrix rect.half').count()).toBe(2 * 224);
    expect(await page.locator('.compare-picture .tree-picture').count()).toBe(1);
    expect(new Set(await page.locator('.compare-picture .tag.changed').allTextContents())).toEqual(new Set(['−ACS']));
    expect(await axeViolations(page)).toEqual([]);
    await page.click('.question >> text=As it is');
    await settled(page);
    await page.evaluate(() => {
      location.hash = '#open=example:dual-socket-unlisted&view=reports';
    });
    await page.waitForSelector('.tab.active >> text=dual-socket-unlisted');
    await report(page, 'compare');
    await page.selectOption('.report-choice select', { label: 'hgx-8gpu' });
    await settled(page);
    expect(await said(page)).toMatch(/A\s+dual-socket-unlisted.*\n*B\s+hgx-8gpu/);
    await expect.poll(() => page.locator('.compare-picture .tree-picture').count()).toBe(2);
    const marks = (at: number) => page.locator('.compare-picture section').nth(at).locator('.tag').allTextContents();
    expect([(await marks(0)).includes('gone'), (await marks(1)).includes('new')]).toEqual([true, true]);
    await page.click('.tab >> text=hgx-8gpu');
    await settled(page);
  });

  test('that are not of the question can be read, and not used', async () => {
    const { page } = watched;
    await report(page, 'fix');
    const usable = () => page.$eval('.report', (element) => !element.matches('[inert]'));
    await expect.poll(usable).toBe(true);
    await withoutAnswers(page, async () => {
      await page.click('[data-view=whatif]');
      await page.click('text=pass-through');
      await expect.poll(usable).toBe(false);
    });
    await expect.poll(usable).toBe(true);
    await page.click('.question >> text=As it is');
  });
});

inChromium('the evidence of a text', () => {
  test('names its lines, and the command that would settle most', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const bytes = readFileSync(repositoryFile('test/machines/acsswitch-lspci/lspci.txt'));
    await dropFile(page, { name: 'lspci.txt', bytes });
    await page.waitForSelector('.machine');
    await page.click('[data-view=reports]');
    await page.waitForSelector('.report-answer');
    await settled(page);
    expect(await said(page)).toMatch(/lspci\.txt/);
    await closePage(watched);
  });
});
