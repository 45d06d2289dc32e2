import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedPage, servedSource, servePage } from '../../src/node/index.ts';
import {
  axeViolations,
  dropFile,
  FROM_DISK,
  launchChromium,
  openPage,
  repositoryFile,
  SKIP_WITHOUT_CHROMIUM,
  type Watched,
} from './browser.ts';

const NVME = 'test/machines/nvme-none/capture.tar.gz';
const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const LSPCI = 'test/fixtures/lspci/q35-pciutils-3.5-vv.txt';

let browser: Browser;
let served: ServedPage;
beforeAll(async () => {
  if (SKIP_WITHOUT_CHROMIUM) return;
  browser = await launchChromium();
  const source = await servedSource(repositoryFile(ACS), {});
  if (!source.ok) throw new Error(source.error.text);
  served = await servePage(source.value, { files: repositoryFile('dist/web') });
});
afterAll(async () => {
  if (!SKIP_WITHOUT_CHROMIUM) await browser.close();
  if (!SKIP_WITHOUT_CHROMIUM) await served.close();
});

async function close({ page, troubles }: Watched): Promise<void> {
  await page.context().close();
  expect(troubles).toEqual([]);
}

describe.skipIf(SKIP_WITHOUT_CHROMIUM)('opening machines', () => {
  test('a capture dropped on the page from disk is read, and nothing leaves the page', async () => {
    const watched = await openPage(browser, FROM_DISK);
    await dropFile(watched.page, { name: 'nvme.tar.gz', bytes: readFileSync(repositoryFile(NVME)) });
    await watched.page.waitForSelector('.machine');
    expect(await watched.page.textContent('.machine-line')).toContain('capture archive: ');
    expect(await watched.page.textContent('.legend')).toContain('not supported');
    await close(watched);
  });

  test('lspci output pasted, a second machine beside it, and back', async () => {
    const watched = await openPage(browser, FROM_DISK);
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
    await close(watched);
  });

  test('what is no machine is refused with a sentence', async () => {
    const watched = await openPage(browser, FROM_DISK);
    await dropFile(watched.page, { name: 'x.bin', bytes: gzipSync(Buffer.from('nothing of use')) });
    expect(await watched.page.textContent('[role=alert]')).toContain('x.bin: is no capture archive');
    await close(watched);
  });

  test('a link carries example, pair and what-if', async () => {
    const link =
      'open=example:hgx-8gpu&view=tree&provider=0000:18:00.0&client=0000:1a:00.0&acs=0000:17:00.0=2c.0,0000:17:02.0=2c.0';
    const watched = await openPage(browser, `${FROM_DISK}#${link}`);
    await watched.page.waitForSelector('.direction >> text=by PCI bus address');
    await watched.page.waitForSelector('.tree-picture');
    expect(await watched.page.textContent('.parameters')).toBe(
      'pci=disable_acs_redir=0000:15:01.0/00.0/00.0;0000:15:01.0/00.0/02.0',
    );
    expect(new URL(watched.page.url()).hash).toContain('provider=0000:18:00.0');
    await close(watched);
  });
});

describe.skipIf(SKIP_WITHOUT_CHROMIUM)('the served page', () => {
  test('opens on its source and explains a pair', async () => {
    const watched = await openPage(browser, served.url);
    const { page } = watched;
    await page.waitForSelector('.machine');
    await page.selectOption('#provider', { index: 1 });
    await page.waitForSelector('.direction');
    const text = (await page.textContent('.pair')) ?? '';
    expect(text).toContain('Linux refuses peer-to-peer DMA');
    expect(text).toContain('hop by hop');
    await close(watched);
  });

  test('first-view JavaScript is at most 200 kB compressed', () => {
    expect(gzipSync(readFileSync(repositoryFile('dist/web/peerpath.js'))).length).toBeLessThan(200_000);
  });
});

describe.skipIf(SKIP_WITHOUT_CHROMIUM)('looking at a machine', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.waitForSelector('.matrix-scroll canvas');
  });
  afterAll(() => close(watched));

  test('arrow keys choose a pair of the matrix and say it', async () => {
    const { page } = watched;
    await page.focus('.matrix-scroll');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.direction >> text=gpu2');
    expect(await page.textContent('[aria-live=polite]')).toBe('gpu2 to memory of gpu0: through the host bridge');
    await page.locator('canvas').click({ position: { x: 300, y: 90 } });
    await page.waitForSelector('.way');
  });

  test('the filter leaves the devices it names', async () => {
    const { page } = watched;
    await page.fill('.matrix .filter', 'gpu nic');
    await page.waitForSelector('[aria-label^="16 by 16 devices"]');
    await page.fill('.matrix .filter', '');
    await page.waitForSelector('[aria-label^="33 by 33 devices"]');
  });

  test('the fix tried on the model makes the pair direct, and undo takes it back', async () => {
    const { page } = watched;
    await page.selectOption('#provider', { label: 'gpu0  0000:18:00.0' });
    await page.selectOption('#client', { label: 'nic0  0000:1a:00.0' });
    await page.waitForSelector('.fix');
    expect(await page.textContent('.fix')).toContain('Price: gpu0, nic0 can reach each other');
    await page.click('text=Try it on the model');
    await page.waitForSelector('.verdict.direct');
    expect(await page.textContent('.end')).toContain('reaches gpu0 0000:18:00.0 BAR 2');
    expect(await page.textContent('.hops')).toContain('no ACS redirect: the switch routes to the peer port directly');
    expect(await page.textContent('.legend')).toContain('changed');
    await page.click('.question >> text=Undo');
    await page.waitForSelector('.verdict.through');
  });

  test('a single ACS switch changes the matrix, and is named as a kernel parameter', async () => {
    const { page } = watched;
    await page.click('[data-view=whatif]');
    await page.click('[data-port="0000:17:00.0"][data-bit="ReqRedir"]');
    await page.waitForSelector('.parameters >> text=pci=config_acs=0xx@0000:15:01.0/00.0/00.0');
    await page.click('[data-port="0000:17:00.0"][data-bit="ReqRedir"]');
    await page.waitForSelector('.question', { state: 'detached' });
    await page.click('text=off');
    await page.waitForSelector('.parameters >> text=intel_iommu=off');
    await page.waitForSelector('text=No IOMMU groups');
    await page.click('.question >> text=As it is');
  });

  test('the tree lights the way, folds, and takes keys', async () => {
    const { page } = watched;
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box.on-way');
    expect(await page.locator('.box.on-way').count()).toBeGreaterThanOrEqual(5);
    expect(await page.locator('.link.lit').count()).toBeGreaterThanOrEqual(4);
    const before = await page.locator('[role=treeitem]').count();
    await page.focus('.tree-scroll');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('[role=treeitem]').count()).toBeLessThan(before);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('[role=treeitem]').count()).toBe(before);
    await page.locator('.box', { hasText: 'nvme0' }).first().click();
    await page.waitForSelector('.device >> text=NVMe drive');
  });

  test('the table maps a BAR, proves it, and scrolls a million entries', async () => {
    const { page } = watched;
    await page.click('[data-view=table]');
    await page.waitForSelector('.outcome >> text=Proved');
    await page.click('[data-view=whatif]');
    await page.click('text=Clear redirect');
    await page.fill('.map-form textarea', '0 4K every 8K times 1000000');
    await page.locator('.map-form textarea').blur();
    await page.waitForSelector('.exports >> text=1,000,000 entries', { timeout: 40_000 });
    const rows = page.locator('.rows');
    await rows.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await page.waitForSelector('.rows >> text=999999');
    expect(await page.locator('.rows .row').count()).toBeLessThan(60);
    await page.click('.question >> text=As it is');
  });

  test('the findings open', async () => {
    const { page } = watched;
    await page.click('[data-view=findings]');
    await page.waitForSelector('.findings');
  });
});

describe.skipIf(SKIP_WITHOUT_CHROMIUM)('craft', () => {
  test.each([
    ['phone, light', { width: 380, height: 780 }, 'light'],
    ['laptop, dark', { width: 1440, height: 900 }, 'dark'],
  ] as const)('no accessibility rule is broken: %s', async (_, viewport, colorScheme) => {
    const watched = await openPage(browser, FROM_DISK, { viewport, colorScheme });
    const { page } = watched;
    expect(await axeViolations(page)).toEqual([]);
    await page.click('[data-example="vm-passthrough"]');
    await page.waitForSelector('.machine');
    for (const view of ['matrix', 'tree', 'table', 'findings', 'pair', 'device', 'whatif']) {
      await page.click(`button[data-view=${view}]`);
      await page.waitForTimeout(150);
      expect([view, await axeViolations(page)]).toEqual([view, []]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect([view, wide]).toEqual([view, false]);
    }
    await close(watched);
  });
});

describe.skipIf(SKIP_WITHOUT_CHROMIUM)('hostile inputs', () => {
  test('markup in names stays text', async () => {
    const watched = await openPage(browser, FROM_DISK);
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
    await close(watched);
  });

  test('65,536 functions neither break nor freeze the page', async () => {
    const watched = await openPage(browser, FROM_DISK);
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
    await close(watched);
  });
});

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
