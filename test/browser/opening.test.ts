/** How machines come onto the page. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
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
} from './browser.ts';

const NVME = 'test/machines/nvme-none/capture.tar.gz';
const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';
const chromium = ownChromium();

inChromium('opening machines', () => {
  test('a capture dropped on the page from disk is read, and nothing leaves the page', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    await dropFile(watched.page, { name: 'nvme.tar.gz', bytes: readFileSync(repositoryFile(NVME)) });
    await watched.page.waitForSelector('.machine');
    await expect.poll(() => watched.page.textContent('.machine-line')).toContain('capture archive: ');
    await expect.poll(() => watched.page.textContent('.legend')).toContain('not supported');
    await closePage(watched);
  });

  test('lspci output pasted, a second machine beside it, and back', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await page.fill('#paste', readFileSync(repositoryFile(LSPCI), 'utf8'));
    await page.click('.paste button');
    await page.waitForSelector('.machine');
    await expect.poll(() => page.textContent('.machine-line')).toContain('lspci');
    await page.click('text=Open…');
    await page.click('[data-example="desktop-2gpu"]');
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    await expect.poll(() => page.locator('.tab').count()).toBe(2);
    await page.click('.tab >> text=pasted text');
    await page.waitForSelector('.machine-line >> text=lspci');
    await closePage(watched);
  });

  test('what is no machine is refused with a sentence', async () => {
    const watched = await openPage(chromium(), FROM_DISK);
    await dropFile(watched.page, { name: 'x.bin', bytes: gzipSync(Buffer.from('nothing of use')) });
    await expect.poll(() => watched.page.textContent('[role=alert]')).toContain('x.bin: is no capture');
    await closePage(watched);
  });

  test('beside an open machine what is refused is said, too, until it is put away', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:desktop-2gpu`);
    const { page } = watched;
    await page.waitForSelector('.machine');
    await dropFile(page, { name: 'x.bin', bytes: gzipSync(Buffer.from('nothing of use')) });
    await page.waitForSelector('[role=alert] >> text=x.bin: is no capture');
    await page.waitForSelector('.machine');
    expect(await axeViolations(page)).toEqual([]);
    await page.click('[aria-label^="Put away why"]');
    await page.waitForSelector('[role=alert]', { state: 'detached' });
    await closePage(watched);
  });

  test('a link carries example, pair and what-if', async () => {
    const link =
      'open=example:hgx-8gpu&view=tree&provider=0000:18:00.0&client=0000:1a:00.0&acs=0000:17:00.0=2c.0,0000:17:02.0=2c.0';
    const watched = await openPage(chromium(), `${FROM_DISK}#${link}`);
    await watched.page.waitForSelector('.direction >> text=by PCI bus address');
    await watched.page.waitForSelector('.tree-picture');
    await expect
      .poll(() => watched.page.textContent('.parameters'))
      .toBe('pci=disable_acs_redir=0000:15:01.0/00.0/00.0;0000:15:01.0/00.0/02.0');
    expect(new URL(watched.page.url()).hash).toContain('provider=0000:18:00.0');
    await closePage(watched);
  });

  test('the link of a view, copied, opens the same view: pair, kernel, IOMMU, ACS', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = watched;
    await page.selectOption('#provider', { label: 'GPU0  0000:18:00.0' });
    await page.selectOption('#client', { label: 'NIC0  0000:1a:00.0' });
    await page.click('[data-view=whatif]');
    await page.click('[data-port="0000:17:00.0"][data-bit="ReqRedir"]');
    await page.selectOption('.kernel select', '6.12');
    await page.click('text=pass-through');
    await page.click('[data-view=tree]');
    await settled(page);
    const said = await page.textContent('.question');
    await page.click('text=Copy link');
    await page.waitForSelector('text=Copied');
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const words = new URLSearchParams(new URL(link).hash.slice(1));
    expect(Object.fromEntries(words)).toEqual({
      open: 'example:hgx-8gpu',
      view: 'tree',
      provider: '0000:18:00.0',
      client: '0000:1a:00.0',
      kernel: '6.12',
      iommu: 'pt',
      acs: '0000:17:00.0=4.0',
    });
    await closePage(watched);
    const again = await openPage(chromium(), link);
    await again.page.waitForSelector('.box.on-way');
    await expect.poll(() => again.page.textContent('.question')).toBe(said);
    expect(new URL(again.page.url()).hash).toBe(new URL(link).hash);
    await closePage(again);
  });

  test('the browser goes back to the view and the machine before, and forward again', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=matrix`);
    const { page } = watched;
    const current = () =>
      page.$$eval('.views [aria-current]', (all) => all.map((each) => each.getAttribute('data-view'))[0]);
    await page.waitForSelector('.matrix-scroll canvas');
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box');
    await page.click('text=Open…');
    await page.click('[data-example=desktop-2gpu]');
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    await page.click('[data-view=findings]');
    await page.goBack();
    await expect.poll(current).toBe('tree');
    await page.goBack();
    await page.waitForSelector('.tab.active >> text=hgx-8gpu');
    await page.goBack();
    await expect.poll(current).toBe('matrix');
    await page.goForward();
    await expect.poll(current).toBe('tree');
    await page.goForward();
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    await closePage(watched);
  });

  test.each([
    ['#open=example:no-such-thing', '[role=alert] >> text=There is no example'],
    ['#open=example:hgx-8gpu&view=nonsense&provider=zz&client=0000:1a:00.0', '.matrix-scroll canvas'],
    ['#open=example:hgx-8gpu&kernel=999999&iommu=maybe&acs=0000:17:00.0=zz.1,,=,', '.matrix-scroll canvas'],
    ['#open=example:__proto__', '[role=alert] >> text=There is no example'],
    [`#open=${'x'.repeat(50_000)}&%E0%A4%A&&&=`, '.start'],
    ['#open=example:hgx-8gpu&provider=0000:18:00.0&client=0000:18:00.0', '.matrix-scroll canvas'],
  ])('nonsense in a link is left out, %#', async (hash, selector) => {
    const watched = await openPage(chromium(), `${FROM_DISK}${hash}`);
    await watched.page.waitForSelector(selector);
    await expect.poll(() => watched.page.locator('.question').count()).toBe(0);
    await closePage(watched);
  });

  test('what a link asks for and the machine does not have is said', async () => {
    const link = 'open=example:hgx-8gpu&provider=0000:f9:00.0&client=0000:1a:00.0&acs=0000:f8:01.0=4.0&iommu=maybe';
    const watched = await openPage(chromium(), `${FROM_DISK}#${link}`);
    const { page } = watched;
    const said = () => page.locator('.notices p').allTextContents();
    await expect
      .poll(said)
      .toEqual([
        'The link says "iommu=maybe": left out.',
        'This machine has no 0000:f9:00.0, 0000:f8:01.0: left out of the link.',
      ]);
    expect(await axeViolations(page)).toEqual([]);
    await page.click('[aria-label="Put away what was left out of the link"]');
    await expect.poll(said).toEqual([]);
    await closePage(watched);
  });

  test('first-view JavaScript is at most 200 kB compressed', () => {
    expect(gzipSync(readFileSync(repositoryFile('dist/web/peerpath.js'))).length).toBeLessThan(200_000);
  });
});
