/** Inputs that mean harm, or are absurd: the page stays in hand, and says what it left out. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Page, Worker } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openPage,
  ownChromium,
  repositoryFile,
  settled,
} from './browser.ts';

const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';
const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const chromium = ownChromium();

/** Drops a file that is made on the page, as large as it may be. */
async function dropMade(page: Page, name: string, piece: string, times: number): Promise<void> {
  await page.evaluate(
    ([name, piece, times]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([piece.repeat(times)], name));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
    },
    [name, piece, times] as const,
  );
}

/** Characters that change what is around them, in any text or attribute of the page. */
async function dangerousText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Escapes and other controls, and marks that turn the direction of text.
    const dangerous = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
    const texts = [...document.querySelectorAll('*')].flatMap((element) => [
      ...[...element.attributes].map(({ value }) => value),
      ...[...element.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent ?? ''),
    ]);
    return texts
      .filter((text) => dangerous.test(text.replaceAll(/[\n\t]/g, '')))
      .map((text) => JSON.stringify(text.slice(0, 80)));
  });
}

/** Elements that the page has none of by itself. */
function markup(page: Page): Promise<string[]> {
  return page.locator('img, script:not([src])').evaluateAll((all) => all.map((element) => element.outerHTML));
}

const NAMES = {
  markup: '<img src=x onerror=alert(1)><script>alert(2)</script>',
  'terminal escapes': 'evil\u001b[2J\u001b]0;title\u0007\u009b31m',
  'turned text': 'gpu\u202e0upg\u2066\u200f',
  'control characters': 'a\u0001b\u0008c\u007f',
  '100 kB': 'x'.repeat(100_000),
};

inChromium('hostile names', () => {
  test.each(Object.entries(NAMES))('with %s stay text, in every view', async (_, evil) => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const text = readFileSync(repositoryFile(LSPCI), 'utf8')
      .replaceAll('Texas Instruments', () => evil)
      .replaceAll('Red Hat', () => evil);
    await dropFile(page, { name: `${evil.slice(0, 200)}.txt`, bytes: Buffer.from(text) });
    await page.waitForSelector('.machine');
    const dangerous: string[] = [];
    for (const view of ['matrix', 'tree', 'table', 'findings', 'device', 'whatif', 'pair']) {
      await page.click(`button[data-view=${view}]`);
      if (view === 'tree') await page.locator('.box.function', { hasText: '01:00.0' }).first().click();
      if (view === 'pair') await page.selectOption('#provider', { index: 1 });
      await settled(page);
      dangerous.push(...(await dangerousText(page)), ...(await markup(page)));
    }
    await page.waitForSelector('.direction');
    await page.click('button[data-view=tree]');
    await page.waitForSelector('.box');
    expect([...dangerous, ...(await dangerousText(page)), ...(await markup(page))]).toEqual([]);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await closePage(watched);
  });
});

/** Each alias stands for ten of the one before: 10^9 words of a few hundred bytes. */
const ALIASES = `peerpath-machine: 1\nname: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, at) => `k${at}: &a${at + 1} [${Array(10).fill(`*a${at}`).join(',')}]`).join('\n')}\nhost-bridges: *a9\n`;

/** What looks like the head of gzip data, many times. */
const HEADS = Buffer.from('1f8b0800'.repeat(100_000), 'hex');

inChromium('hostile files', () => {
  test.each([
    ['a description of aliases of aliases', 'bomb.yaml', Buffer.from(ALIASES)],
    ['half an archive', 'half.tar.gz', readFileSync(repositoryFile(ACS)).subarray(0, 4000)],
    ['gzip data with something else behind', 'behind.tar.gz', Buffer.concat([gzipSync('x'), HEADS])],
    ['nothing', 'empty', Buffer.alloc(0)],
    ['text with NULs', 'nul.txt', Buffer.from('00:01.0 Ethernet controller: a\u0000b\n'.repeat(100))],
    [
      'an archive within an archive within an archive',
      'deep.gz',
      [1, 2, 3, 4].reduce((inner) => gzipSync(inner), Buffer.from('x')),
    ],
  ])('%s is refused with a sentence, or read with what is missing said', async (_, name, bytes) => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await dropFile(page, { name, bytes });
    await page.waitForSelector('.machine, [role=alert]', { timeout: 60_000 });
    if ((await page.locator('.machine').count()) > 0) {
      await page.click('[data-view=findings]');
      await page.waitForSelector('.finding-list li');
    } else expect(await page.textContent('[role=alert]')).toContain(name);
    await page.evaluate(() => {
      location.hash = '#open=example:desktop-2gpu';
    });
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    await closePage(watched);
  });

  test('while 50 MB of text are read the page takes clicks, and reading can be stopped', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await dropMade(
      page,
      'large.txt',
      '00:01.0 Ethernet controller: Some Card\n\tRegion 0: Memory at fe200000 (32-bit)\n',
      610_000,
    );
    await page.waitForSelector('.notice.reading >> text=large.txt');
    await page.click('[aria-label^="Colours: auto"]');
    await page.waitForSelector(':root[data-theme=light]', { state: 'attached' });
    // The reader is the worker that started with the page, or one that came after it; the example's has ended.
    let readers: readonly Worker[] = [];
    const look = (): number => {
      readers = page.workers();
      return readers.length;
    };
    await expect.poll(look).toBe(1);
    await page.click('.notice.reading >> text=Stop');
    await page.waitForSelector('.notice.reading', { state: 'detached' });
    await expect.poll(() => page.workers().filter((worker) => readers.includes(worker))).toEqual([]);
    await page.click('[data-example=desktop-2gpu]');
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    await expect.poll(() => page.locator('.tab').count()).toBe(1);
    await closePage(watched);
  });

  test('65,536 functions neither break nor freeze the page', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const lines: string[] = [];
    for (let bus = 0; bus < 256; bus++)
      for (let devfn = 0; devfn < 256; devfn++)
        lines.push(`${hex(bus)}:${hex(devfn >> 3)}.${devfn & 7} Ethernet controller: Vendor Device ${bus}`);
    await dropFile(page, { name: 'many.txt', bytes: Buffer.from(`${lines.join('\n')}\n`) });
    await page.waitForSelector('.machine, [role=alert]', { timeout: 60_000 });
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box');
    await expect.poll(() => page.locator('.box').count()).toBeLessThan(80);
    await page.click('[data-view=findings]');
    await page.waitForSelector('.findings >> text=this page does so for up to 1024 endpoints');
    await closePage(watched);
  });
});

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
