/** What files are read as: by which code, and as how many machines. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  closePage,
  dropFile,
  dropFiles,
  FROM_DISK,
  inChromium,
  openCapture,
  openPage,
  ownChromium,
  repositoryFile,
  settled,
  WAYS,
} from './browser.ts';

const CAPTURE = 'test/machines/acsswitch-intel/capture.tar.gz';
const OTHER = 'test/machines/nvme-none/capture.tar.gz';
const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';
const chromium = ownChromium();

function file(path: string, name: string) {
  return { name, bytes: readFileSync(repositoryFile(path)) };
}

/** Scripts that were loaded after the page. */
function laterScripts(page: Page): Promise<string[]> {
  return page.$$eval('head script[src]', (all) =>
    all.map((each) => each.getAttribute('src') ?? '').filter((src) => /lab|texts/.test(src)),
  );
}

inChromium('the code that reads', () => {
  test.each(WAYS)('texts is loaded for a text, and not for a capture: %s', async (way) => {
    const capture = await openCapture(chromium(), way, CAPTURE);
    // The page to start from has an example, which is described.
    const before = way === 'served' ? [] : ['./lab.js'];
    expect(await laterScripts(capture.page)).toEqual(before);
    await dropFile(capture.page, file(LSPCI, 'lspci.txt'));
    await capture.page.waitForSelector('.tab.active >> text=lspci.txt');
    expect(await laterScripts(capture.page)).toContain('./texts.js');
    await capture.done();
  });

  test('descriptions is loaded for an example, and reads no texts', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.waitForSelector('.machine');
    expect(await laterScripts(watched.page)).toEqual(['./lab.js']);
    await closePage(watched);
  });

  test('a scenario on a machine of lspci text plays, and is found to fit', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const lspci = file(LSPCI, 'lspci.txt');
    const scenario =
      'peerpath-scenario: 1\nname: on text\nmachine: lspci.txt\nsteps:\n  - {export: "0000:00:1f.2", bar: 5, ranges: 0+4K, as: b}\n';
    await dropFiles(page, [lspci, { name: 'story.yaml', bytes: Buffer.from(scenario) }]);
    await page.waitForSelector('.tab.active >> text=on text');
    await page.waitForSelector('.picture');
    await closePage(watched);
  });
});

inChromium('a text that leaves most open', () => {
  test('is shown with the command that would settle most, and the page has its name', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await dropFile(page, file('test/machines/acsswitch-lspci/lspci.txt', 'short.txt'));
    await page.waitForSelector('.settle');
    expect(await page.textContent('.settle')).toMatch(/this settles \d+ of them.*(?:lspci|cpuinfo)/);
    expect(await page.title()).toBe('short.txt - peerpath');
    await page.click('text=Open…');
    await expect.poll(() => page.title()).toBe('peerpath');
    await closePage(watched);
  });
});

inChromium('several files', () => {
  test('that tell of one machine are one', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const log = 'Linux version 6.6.9 (a@b) (gcc 14) #1 SMP\nCommand line: root=/dev/sda1 iommu=pt\n';
    await dropFiles(page, [file(LSPCI, 'lspci.txt'), { name: 'dmesg.txt', bytes: Buffer.from(log) }]);
    await page.waitForSelector('.tab.active >> text=lspci.txt, dmesg.txt');
    await settled(page);
    expect(await page.locator('.tab').count()).toBe(1);
    expect(await page.textContent('.machine-line')).toContain('Linux 6.6');
    await closePage(watched);
  });

  test('that cannot be one are a tab each, and what is no machine is told', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const nothing = { name: 'nothing.txt', bytes: Buffer.from('nothing of use') };
    const broken = { name: 'broken.zip', bytes: Buffer.from('PK\u0003\u0004 cut') };
    await dropFiles(page, [file(CAPTURE, 'a.tar.gz'), nothing, file(OTHER, 'b.tar.gz'), broken]);
    await expect.poll(() => page.locator('.tab').count()).toBe(2);
    await expect.poll(() => page.locator('.refusal [role=alert] p').count()).toBe(2);
    const told = await page.textContent('.refusal');
    expect(told).toContain('nothing.txt: ');
    expect(told).toContain('broken.zip: ');
    await page.waitForSelector('.tab >> text=a.tar.gz');
    await page.waitForSelector('.tab >> text=b.tar.gz');
    await closePage(watched);
  });

  test('a text that shows two machines is two tabs', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const list = (host: string, bus: string) =>
      `00:00.0 Host bridge [0600]: A [${host}]\n${bus}:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]\n`;
    const two = `Works on:\n\n${list('8086:3c00', '01')}\nFails on:\n\n${list('1022:1480', '41')}`;
    await dropFile(page, { name: 'two.txt', bytes: Buffer.from(two) });
    await expect.poll(() => page.locator('.tab').count()).toBe(2);
    await page.waitForSelector('.tab >> text=two.txt#1');
    await page.waitForSelector('.tab.active >> text=two.txt#2');
    await closePage(watched);
  });
});
