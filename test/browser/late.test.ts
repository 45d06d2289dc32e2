/** Answers that take their time: nothing is shown, copied or switched on the strength of an earlier one. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openCapture,
  openPage,
  ownChromium,
  settled,
  type Watched,
  withoutAnswers,
} from './browser.ts';

const chromium = ownChromium();
const PAIR = 'provider=0000:18:00.0&client=0000:1a:00.0';

async function open(hash: string): Promise<Watched> {
  const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&${hash}`);
  await watched.page.waitForSelector('.machine');
  await settled(watched.page);
  return watched;
}

/** Can the fix be used, and is the answer marked as not yet the one? */
function fixNow(page: Page): Promise<object> {
  return page.evaluate(() => ({
    busy: document.querySelector('.side-view')?.getAttribute('aria-busy'),
    usable: document.querySelector('.fix')?.matches(':not([inert])'),
  }));
}

inChromium('while an answer is under way', () => {
  test('the fix of the pair before can neither be copied nor tried', async () => {
    const watched = await open('provider=0000:18:00.0&client=0000:19:00.0');
    const { page } = watched;
    await expect.poll(() => fixNow(page)).toEqual({ busy: 'false', usable: true });
    await withoutAnswers(page, async () => {
      await page.selectOption('#client', { label: 'NIC0  0000:1a:00.0' });
      expect(await fixNow(page)).toEqual({ busy: 'true', usable: false });
    });
    await expect.poll(() => fixNow(page)).toEqual({ busy: 'false', usable: true });
    expect(await page.textContent('.fix')).toContain('GPU0, NIC0 can reach each other');
    await closePage(watched);
  });

  test('no kernel parameters are named, and a second press takes a switch back', async () => {
    const watched = await open('view=matrix');
    const { page } = watched;
    await page.click('[data-view=whatif]');
    const bit = page.locator('[data-port="0000:17:00.0"][data-bit=ReqRedir]');
    const isOn = () => bit.getAttribute('aria-checked');
    expect(await isOn()).toBe('true');
    await withoutAnswers(page, async () => {
      await bit.click();
      expect(await isOn()).toBe('false');
      expect(await page.textContent('.question .what')).toBe('What if: ACS of 1 port');
      expect(await page.textContent('.parameters')).toBe('…');
      await bit.click();
      expect(await isOn()).toBe('true');
    });
    await settled(page);
    expect(await isOn()).toBe('true');
    expect(await page.textContent('.legend')).not.toContain('changed');
    await closePage(watched);
  });

  test('no device stands above the facts of another', async () => {
    const watched = await open(PAIR);
    const { page } = watched;
    await page.click('[data-view=device]');
    await page.waitForSelector('.device dd >> text=0000:18:00.0');
    await page.click('[data-view=pair]');
    await page.waitForSelector('.path .row >> text=NIC0');
    await withoutAnswers(page, async () => {
      await page.locator('.path .row', { hasText: 'NIC0' }).click();
      expect(await page.locator('.device dl').count()).toBe(0);
    });
    await page.waitForSelector('.device dd >> text=0000:1a:00.0');
    expect(await page.textContent('.device h2')).toContain('NIC0');
    await closePage(watched);
  });

  test('ranges that are written before the BARs are known stay', async () => {
    const watched = await open(`${PAIR}&iommu=off`);
    const { page } = watched;
    await withoutAnswers(page, async () => {
      await page.click('[data-view=table]');
      await page.fill('.map-form textarea', '0 4K every 8K times 5');
      await page.locator('.map-form textarea').blur();
    });
    await page.waitForSelector('.exports >> text=5 entries');
    expect(await page.inputValue('.map-form textarea')).toBe('0 4K every 8K times 5');
    await closePage(watched);
  });

  test('a table that is not of what was asked cannot be saved', async () => {
    const watched = await open(`view=table&${PAIR}`);
    const { page } = watched;
    await page.waitForSelector('.exports');
    await settled(page);
    await withoutAnswers(page, async () => {
      await page.selectOption('#map-client', { label: 'GPU1  0000:19:00.0' });
      expect(await page.isDisabled('.exports button')).toBe(true);
    });
    await expect.poll(() => page.isDisabled('.exports button')).toBe(false);
    await closePage(watched);
  });

  test('a button is the same before, during and after: no press is lost, and the focus stays', async () => {
    const watched = await open(`view=table&${PAIR}&iommu=off`);
    const { page } = watched;
    await page.waitForSelector('.exports');
    await settled(page);
    const before = await page.textContent('.exports');
    const button = page.locator('.exports >> text=JSON');
    await button.focus();
    const focused = (): Promise<boolean> => button.evaluate((element) => element === document.activeElement);
    await withoutAnswers(page, async () => {
      await page.evaluate(() => {
        const memory = document.querySelector<HTMLTextAreaElement>('.map-form textarea');
        if (memory === null) throw new Error('no ranges');
        memory.value = '0 4K every 8K times 5';
        memory.dispatchEvent(new Event('input', { bubbles: true }));
        memory.dispatchEvent(new Event('change', { bubbles: true }));
      });
      await expect.poll(() => button.isDisabled()).toBe(true);
      expect(await focused()).toBe(true);
    });
    await expect.poll(() => page.textContent('.exports')).not.toBe(before);
    expect(await focused()).toBe(true);
    await closePage(watched);
  });

  test('names that come late make no answer wait', async () => {
    const { page, done } = await openCapture(chromium(), 'served', 'examples/machines/hgx-8gpu.yaml');
    const held: (() => void)[] = [];
    await page.route('**/pci-ids.js', (route) => void held.push(() => void route.continue()));
    await page.reload();
    await page.waitForSelector('.machine');
    await page.selectOption('#provider', { label: 'GPU0  0000:18:00.0' });
    await page.selectOption('#client', { label: 'NIC0  0000:1a:00.0' });
    await page.waitForSelector('.direction');
    await settled(page);
    expect(await page.textContent('.side-view')).not.toContain('PEX890xx');
    await page.evaluate(() => {
      const waits: string[] = [];
      Object.assign(globalThis, { waits });
      new MutationObserver((changes) => {
        for (const { target } of changes)
          if (target instanceof Element && target.matches('[aria-busy=true]')) waits.push(target.className);
      }).observe(document.body, { subtree: true, attributeFilter: ['aria-busy'] });
    });
    for (const release of held) release();
    await expect.poll(() => page.textContent('.side-view')).toContain('PEX890xx');
    expect(await page.evaluate(() => (globalThis as unknown as { waits: string[] }).waits)).toEqual([]);
    await done();
  });

  test('no list of findings comes in above another', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await page.evaluate(() => {
      const early: (string | null)[] = [];
      Object.assign(globalThis, { early });
      new MutationObserver(() => {
        const said = document.querySelector('.findings [role=status]')?.textContent ?? '';
        const list = document.querySelector('.finding-list');
        if (list !== null && said.startsWith('Looking')) early.push(list.textContent);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await dropFile(page, { name: 'twice.txt', bytes: Buffer.from('00:01.0 Ethernet controller: a\n'.repeat(2)) });
    await page.waitForSelector('.machine');
    await withoutAnswers(page, async () => {
      await page.click('[data-view=findings]');
      await page.waitForSelector('.findings [role=status]');
    });
    await page.waitForSelector('.finding-list');
    expect(await page.evaluate(() => (globalThis as unknown as { early: string[] }).early)).toEqual([]);
    await closePage(watched);
  });

  test('no finding is taken for one of the new situation', async () => {
    const watched = await open('view=findings');
    const { page } = watched;
    const said = page.locator('.findings [role=status]');
    await expect.poll(() => said.textContent()).toMatch(/^\d+ findings?$/);
    const before = await said.textContent();
    await page.click('[data-view=whatif]');
    const seen = await said.evaluateHandle((element) => {
      const texts: (string | null)[] = [];
      const watch = new MutationObserver(() => texts.push(element.textContent));
      watch.observe(element, { characterData: true, childList: true, subtree: true });
      return texts;
    });
    await page.click('text=Clear redirect');
    await expect.poll(() => page.locator('.ailment[data-code=redirect]').count()).toBe(0);
    await settled(page);
    const after = await said.textContent();
    expect(after).not.toBe(before);
    expect(await seen.jsonValue()).toEqual(['Looking at all pairs…', after]);
    await closePage(watched);
  });
});
