/** How machines come onto the page. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { closePage, dropFile, FROM_DISK, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const NVME = 'test/machines/nvme-none/capture.tar.gz';
const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';
const chromium = ownChromium();

inChromium('opening machines', () => {
  test('a capture dropped on the page from disk is read, and nothing leaves the page', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    await dropFile(watched.page, { name: 'nvme.tar.gz', bytes: readFileSync(repositoryFile(NVME)) });
    await watched.page.waitForSelector('.machine');
    expect(await watched.page.textContent('.machine-line')).toContain('capture archive: ');
    expect(await watched.page.textContent('.legend')).toContain('not supported');
    await closePage(watched);
  });

  test('lspci output pasted, a second machine beside it, and back', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await page.fill('#paste', readFileSync(repositoryFile(LSPCI), 'utf8'));
    await page.click('.paste button');
    await page.waitForSelector('.machine');
    expect(await page.textContent('.machine-line')).toContain('lspci');
    await page.click('text=Open…');
    await page.click('[data-example="desktop-2gpu"]');
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    expect(await page.locator('.tab').count()).toBe(2);
    await page.click('.tab >> text=pasted text');
    await page.waitForSelector('.machine-line >> text=lspci');
    await closePage(watched);
  });

  test('what is no machine is refused with a sentence', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    await dropFile(watched.page, { name: 'x.bin', bytes: gzipSync(Buffer.from('nothing of use')) });
    expect(await watched.page.textContent('[role=alert]')).toContain('x.bin: is no capture archive');
    await closePage(watched);
  });

  test('a link carries example, pair and what-if', async () => {
    const link =
      'open=example:hgx-8gpu&view=tree&provider=0000:18:00.0&client=0000:1a:00.0&acs=0000:17:00.0=2c.0,0000:17:02.0=2c.0';
    const watched = await openPage(chromium(), `${FROM_DISK}#${link}`);
    await watched.page.waitForSelector('.direction >> text=by PCI bus address');
    await watched.page.waitForSelector('.tree-picture');
    expect(await watched.page.textContent('.parameters')).toBe(
      'pci=disable_acs_redir=0000:15:01.0/00.0/00.0;0000:15:01.0/00.0/02.0',
    );
    expect(new URL(watched.page.url()).hash).toContain('provider=0000:18:00.0');
    await closePage(watched);
  });

  test('first-view JavaScript is at most 200 kB compressed', () => {
    expect(gzipSync(readFileSync(repositoryFile('dist/web/peerpath.js'))).length).toBeLessThan(200_000);
  });
});
