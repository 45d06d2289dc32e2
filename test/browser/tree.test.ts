/** The tree of a machine. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeViolations,
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openCapture,
  openPage,
  ownChromium,
  settled,
  WAYS,
  type Watched,
} from './browser.ts';

const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const chromium = ownChromium();

/** Width of the picture on the screen: what zoom changes. */
async function pictureWidth(page: Page): Promise<number> {
  return page.locator('.tree-picture').evaluate((picture) => picture.getBoundingClientRect().width);
}

inChromium('the tree', () => {
  let watched: Watched;
  beforeAll(async () => {
    const pair = 'provider=0000:18:00.0&client=0000:1a:00.0';
    watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=tree&${pair}`, { hasTouch: true });
    await watched.page.waitForSelector('.box.on-way');
  });
  afterAll(() => closePage(watched));

  test('the root buses of a socket stand together below the name of its NUMA node', async () => {
    const { page } = watched;
    await expect.poll(() => page.locator('.socket text').allTextContents()).toEqual(['NUMA node 0', 'NUMA node 1']);
    const second = await page.locator('.socket').nth(1).boundingBox();
    const tops = await page
      .locator('.box.root')
      .evaluateAll((boxes) =>
        boxes.map((box) => [box.querySelector('.title')?.textContent, box.getBoundingClientRect().top] as const),
      );
    const names = (below: boolean): unknown[] =>
      tops.filter(([, top]) => top > (second?.y ?? 0) === below).map(([name]) => name);
    expect(names(false)).toEqual(['0000:00', '0000:15', '0000:37', '0000:59']);
    expect(names(true)).toEqual(['0000:80', '0000:97', '0000:b7']);
  });

  test('lights the way, folds, and takes keys', async () => {
    const { page } = watched;
    await expect.poll(() => page.locator('.box.on-way').count()).toBeGreaterThanOrEqual(5);
    await expect.poll(() => page.locator('.link.lit').count()).toBeGreaterThanOrEqual(4);
    await page.focus('.tree-scroll');
    await page.keyboard.press('Home');
    const before = await page.locator('[role=treeitem]').count();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('[role=treeitem]').count()).toBeLessThan(before);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('[role=treeitem]').count()).toBe(before);
    await page.locator('.box', { hasText: 'NVME0' }).first().click();
    await page.waitForSelector('.device >> text=NVMe drive');
  });

  test('grows and shrinks by keys, and fits as a whole', async () => {
    const { page } = watched;
    await page.focus('.tree-scroll');
    const before = await pictureWidth(page);
    await page.keyboard.press('+');
    await expect.poll(() => pictureWidth(page)).toBeGreaterThan(before * 1.2);
    await page.keyboard.press('-');
    await expect.poll(() => pictureWidth(page)).toBeCloseTo(before, 0);
    await page.click('.tree .fit');
    const fits = () =>
      page.$eval(
        '.tree-scroll',
        (at) => at.scrollHeight <= at.clientHeight + 1 && at.scrollWidth <= at.clientWidth + 1,
      );
    await expect.poll(fits).toBe(true);
    await page.focus('.tree-scroll');
    await page.keyboard.press('+');
    await expect.poll(fits).toBe(false);
    await page.keyboard.press('0');
    await expect.poll(fits).toBe(true);
  });

  test('the wheel with Ctrl zooms around the pointer, and leaves the page as it is', async () => {
    const { page } = watched;
    await page.focus('.tree-scroll');
    for (let times = 0; times < 4; times++) await page.keyboard.press('+');
    const place = page.locator('.box.current .body');
    await page.keyboard.press('ArrowDown');
    const from = await place.boundingBox();
    if (from === null) throw new Error('the chosen box is drawn');
    await page.mouse.move(from.x + 5, from.y + 5);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await expect.poll(async () => (await place.boundingBox())?.width ?? 0).toBeGreaterThan(from.width * 1.15);
    const to = await place.boundingBox();
    expect(Math.abs((to?.x ?? 0) - from.x)).toBeLessThan(12);
    expect(Math.abs((to?.y ?? 0) - from.y)).toBeLessThan(12);
    await expect.poll(() => page.evaluate(() => window.visualViewport?.scale)).toBe(1);
  });

  test('two fingers zoom it', async () => {
    const { page } = watched;
    await page.click('.tree .fit');
    const before = await pictureWidth(page);
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          type === 'touchEnd'
            ? []
            : [
                { x: 400 - apart, y: 400, id: 1 },
                { x: 400 + apart, y: 400, id: 2 },
              ],
      });
    await touch('touchStart', 50);
    for (const apart of [60, 80, 100]) await touch('touchMove', apart);
    await touch('touchEnd', 100);
    await expect.poll(() => pictureWidth(page)).toBeGreaterThan(before * 1.8);
    await session.detach();
  });

  test('the mouse drags it, and the end of a drag chooses nothing', async () => {
    const { page } = watched;
    await page.click('[data-view=device]');
    const chosen = await page.textContent('.device .name');
    await page.focus('.tree-scroll');
    for (const key of [...Array(8).fill('+'), 'Home', ...Array(6).fill('ArrowDown')]) await page.keyboard.press(key);
    const scrolled = () => page.$eval('.tree-scroll', ({ scrollLeft, scrollTop }) => scrollLeft + scrollTop);
    const before = await scrolled();
    // The box stays below the pointer, where a click would choose it.
    const box = await page.locator('.box.current:not(.chosen) .body').boundingBox();
    if (box === null) throw new Error('the box is drawn');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 30, y - 30, { steps: 4 });
    await page.mouse.up();
    await expect.poll(scrolled).not.toBe(before);
    await expect.poll(() => page.textContent('.device .name')).toBe(chosen);
  });

  test('what is folded by hand stays so in other views, until a device below is chosen', async () => {
    const { page } = watched;
    await page.click('.tree .fit');
    await page.locator('[id="box-0000:16:00.0"] .fold').click();
    await page.waitForSelector('[id="box-0000:17:03.0"]', { state: 'detached' });
    await page.click('[data-view=matrix]');
    await page.click('[data-view=tree]');
    await expect.poll(() => page.locator('[id="box-0000:17:03.0"]').count()).toBe(0);
    await page.click('[data-view=findings]');
    await page.locator('.place', { hasText: '0000:17:03.0' }).click();
    await page.waitForSelector('[id="box-0000:17:03.0"].chosen');
  });
});

inChromium('what is alike on the tree', () => {
  test('is folded into one by a press, opens by Enter, and all of it by another press', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=tree`);
    const { page } = watched;
    await page.waitForSelector('.box');
    const every = await page.locator('.box.function').count();
    await page.click('text=Fold alike');
    const drives = page.locator('.box.alike', { hasText: /\d × / });
    await expect.poll(() => drives.count()).toBeGreaterThan(0);
    const folded = await page.locator('.box.function').count();
    expect(folded).toBeLessThan(every / 2);
    await page.focus('.tree-scroll');
    await page.keyboard.press('Home');
    const onAlike = () => page.locator('.box.current.alike').count();
    for (let steps = 0; steps < 20 && (await onAlike()) === 0; steps++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.box.current.alike[aria-expanded=true]');
    await expect.poll(() => page.locator('.box.function').count()).toBeGreaterThan(folded);
    await page.click('text=Expand all');
    await expect.poll(() => page.locator('.box.function').count()).toBe(every);
    // Nothing that is written sticks out of its box, and nothing is written smaller than 11 pixels.
    const troubles = await page.$$eval('.tree-picture .box', (boxes) =>
      boxes.flatMap((box) => {
        const body = box.querySelector('.body')?.getBoundingClientRect();
        return [...box.querySelectorAll('text')].flatMap((text) => {
          const { left, right } = text.getBoundingClientRect();
          const small = Number.parseFloat(getComputedStyle(text).fontSize) < 11;
          return small || body === undefined || left < body.left || right > body.right ? [text.textContent] : [];
        });
      }),
    );
    expect(troubles).toEqual([]);
    await closePage(watched);
  });
});

inChromium('what is shown on top of the tree', () => {
  test('IOMMU groups, ports that a what-if changes, and all of it as a file', async () => {
    const link = 'open=example:hgx-8gpu&view=tree&acs=0000:17:00.0=2c.0,0000:17:02.0=2c.0';
    const watched = await openPage(chromium(), `${FROM_DISK}#${link}`);
    const { page } = watched;
    await page.waitForSelector('.box');
    await expect.poll(() => page.locator('.tag.changed').allTextContents()).toEqual(['−ACS', '−ACS']);
    await page.selectOption('.tree select', { label: 'IOMMU groups' });
    await page.waitForSelector('.tree .legend >> text=IOMMU groups of several');
    await page.waitForSelector('[id="box-0000:18:00.0"] .detail >> text=/group \\d+/');
    expect(await axeViolations(page)).toEqual([]);
    for (const format of ['SVG', 'PNG']) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`.pictures >> text=${format}`)]);
      expect(download.suggestedFilename()).toBe(`hgx-8gpu-tree.${format.toLowerCase()}`);
      const bytes = readFileSync(await download.path());
      if (format === 'PNG') expect(bytes.readUInt32BE(16)).toBeGreaterThan(1200);
      else {
        const text = bytes.toString();
        expect(text.slice(0, 300)).toContain('xmlns="http://www.w3.org/2000/svg"');
        const lacks = ['GPU7', 'NVME15', '−ACS', 'What if'].filter((said) => !text.includes(said));
        expect([lacks, /var\(|class=/.exec(text)]).toEqual([[], null]);
      }
    }
    await closePage(watched);
  });
});

inChromium('the tree of a capture', () => {
  test.each(WAYS)('has its switch, the ports that redirect, and the chosen device: %s', async (way) => {
    const { page, done } = await openCapture(chromium(), way, ACS);
    await page.click('[data-view=tree]');
    await page.waitForSelector('.box');
    await expect.poll(() => page.locator('.box.redirects').count()).toBe(5);
    await page.fill('.tree .filter', '0000:05:00.0');
    await expect.poll(() => page.locator('.box').count()).toBeLessThan(8);
    await page.locator('[id="box-0000:05:00.0"]').click();
    await page.waitForSelector('.device >> text=0000:05:00.0');
    await done();
  });
});

/** One function as `lspci -x` prints it: a conventional PCI bridge. */
function bridge(bdf: string, primary: number, secondary: number, subordinate: number): string {
  return `${bdf} PCI bridge: Some Bridge
00: 36 1b 0c 00 07 00 00 00 00 00 04 06 00 00 01 00
10: 00 00 00 00 00 00 00 00 ${hex(primary)} ${hex(secondary)} ${hex(subordinate)} 00 f0 00 00 00
20: f0 ff 00 00 f0 ff 00 00 00 00 00 00 00 00 00 00
30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
`;
}

function endpoint(bdf: string): string {
  return `${bdf} Ethernet controller: Some Card
00: 36 1b 0d 00 07 00 00 00 00 00 00 02 00 00 00 00
10: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
20: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
`;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** 255 bridges, each on the bus of the one before, and a card at the end. */
const CHAIN = [
  ...Array.from({ length: 255 }, (_, bus) => bridge(`${hex(bus)}:00.0`, bus, bus + 1, 255)),
  endpoint('ff:1f.0'),
].join('\n');

/** Two bridges, each of which leads to the bus of the other, and one that leads to its own. */
const LOOP = [
  bridge('00:01.0', 0, 1, 2),
  bridge('01:00.0', 1, 2, 2),
  bridge('02:00.0', 2, 1, 2),
  bridge('03:00.0', 3, 3, 3),
  endpoint('02:01.0'),
  endpoint('03:02.0'),
].join('\n');

/** Cards on buses to which no bridge leads. */
const ORPHANS = Array.from({ length: 200 }, (_, bus) => endpoint(`${hex(bus + 1)}:00.0`)).join('\n');

inChromium('absurd trees', () => {
  test.each([
    ['255 bridges in a row', CHAIN, '[id="box-0000:ff:1f.0"]'],
    ['buses in a loop', LOOP, '[id="box-0000:02:01.0"]'],
    ['cards without a way to them', ORPHANS, '[id="box-0000:c8:00.0"]'],
  ])('%s are drawn, take keys, and fit', async (_, text, selector) => {
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await dropFile(page, { name: 'absurd.txt', bytes: Buffer.from(text) });
    await page.waitForSelector('.machine');
    await page.click('[data-view=tree]');
    await page.click('text=Expand all');
    await page.click('.tree .fit');
    await page.focus('.tree-scroll');
    await page.keyboard.press('End');
    await page.waitForSelector(selector);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.device dl');
    for (const key of ['+', '+', 'Home', 'ArrowLeft', 'ArrowRight', '0']) await page.keyboard.press(key);
    await page.click('[data-view=findings]');
    await page.waitForSelector('.findings >> text=/finding/');
    await closePage(watched);
  });
});

inChromium('the way of a pair that Linux refuses', () => {
  test('is drawn as refused, with a stop where it is refused', async () => {
    const watched = await openPage(
      chromium(),
      `${FROM_DISK}#open=example:dual-socket-unlisted&view=tree&provider=0000:4b:00.0&client=0000:4c:00.0`,
    );
    const { page } = watched;
    await page.waitForSelector('.tree-picture .link.lit.refused');
    expect(await page.locator('.stop-sign').count()).toBe(1);
    await page.selectOption('#client', { label: 'NIC1  0000:cc:00.0' });
    await settled(page);
    await expect.poll(() => page.locator('.stop-sign').count()).toBe(1);
    await page.goto(`${FROM_DISK}#open=example:desktop-2gpu&view=tree`);
    await page.waitForSelector('.tab.active >> text=desktop-2gpu');
    expect(await page.locator('.stop-sign, .link.lit.refused').count()).toBe(0);
    await closePage(watched);
  });
});
