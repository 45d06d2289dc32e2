/** Inputs that mean harm, or are absurd. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { closePage, dropFile, FROM_DISK, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';
const chromium = ownChromium();

inChromium('hostile inputs', () => {
  test('markup in names stays text', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    const text = readFileSync(repositoryFile(LSPCI), 'utf8')
      .replaceAll('Texas Instruments', evil)
      .replaceAll('Red Hat', evil);
    await dropFile(page, { name: `${evil}.txt`, bytes: Buffer.from(text) });
    await page.waitForSelector('.machine');
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box');
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
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
    expect(await page.locator('.box').count()).toBeLessThan(400);
    await closePage(watched);
  });
});

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
