/** What the page says is true and whole, also where the input leaves much open. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closePage,
  FROM_DISK,
  inChromium,
  type OpenCapture,
  openCapture,
  openPage,
  ownChromium,
  settled,
  type Watched,
} from './browser.ts';

const chromium = ownChromium();

inChromium('an lspci dump, which tells nothing of processor, IOMMU and kernel', () => {
  let open: OpenCapture;
  beforeAll(async () => {
    open = await openCapture(chromium(), 'from disk', 'test/machines/acsswitch-lspci/lspci.txt');
    await open.page.selectOption('#provider', { label: 'storage0  0000:00:1f.2' });
    await open.page.selectOption('#client', { label: 'other1  0000:04:00.0' });
  });
  afterAll(() => open.done());

  test('a request of which the end is not known is not said to get lost', async () => {
    const { page } = open;
    await expect
      .poll(() => page.textContent('.end'))
      .toMatch(/^\? It has no known end: .*; perhaps it reaches storage0/);
    expect(await page.locator('.way .also').allTextContents()).toEqual(
      Array.from({ length: 2 }, () => ['1 fact missing', 'whether a request arrives is not known']).flat(),
    );
  });

  test('the kernel is chosen where the page has it', async () => {
    const line = await open.page.textContent('.machine-line');
    expect(line).toContain('choose one under What if');
    expect(line).not.toContain('--kernel');
  });
});

inChromium('a pair of an eight-GPU server', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.selectOption('#provider', { label: 'GPU6  0000:ba:00.0' });
    await watched.page.selectOption('#client', { label: 'NIC6  0000:bc:00.0' });
    await watched.page.waitForSelector('.direction');
  });
  afterAll(() => closePage(watched));

  test('its way is in sight on the tree, also far down', async () => {
    const { page } = watched;
    const inSight = (id: string): Promise<boolean> =>
      page.evaluate((name) => {
        const [box, view] = [document.getElementById(name), document.querySelector('.tree-scroll')];
        if (box === null || view === null) return false;
        const [a, b] = [box.getBoundingClientRect(), view.getBoundingClientRect()];
        return a.top >= b.top && a.bottom <= b.bottom && a.left >= b.left && a.right <= b.right;
      }, id);
    await page.click('text=Show the way on the tree');
    await expect.poll(() => inSight('box-0000:ba:00.0')).toBe(true);
    expect(await inSight('box-0000:bc:00.0')).toBe(true);
    expect(await inSight('box-0000:b7:01.0')).toBe(true);
    expect(await page.textContent('.tree .legend')).toContain('way of the pair: through the host bridge');
    await page.setViewportSize({ width: 380, height: 780 });
    await page.click('[data-view=matrix]');
    await page.click('[data-view=tree]');
    await expect.poll(() => inSight('box-0000:ba:00.0')).toBe(true);
    expect(await inSight('box-0000:bc:00.0')).toBe(true);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('its table is proved on the condition that the command names, too', async () => {
    const { page } = watched;
    await page.click('[data-view=table]');
    await expect
      .poll(() => page.textContent('.outcome'))
      .toMatch(/each of 0x2000000000 bytes .*, if the root complex routes between its ports, which no register tells/);
  });

  test('sizes of BARs are read at a glance', async () => {
    const { page } = watched;
    await page.click('[data-view=device]');
    await expect.poll(() => page.textContent('.device dl')).toContain('128 GiB at 0x');
  });

  test('the keyboard stays where it is when what it pressed goes away', async () => {
    const { page } = watched;
    const press = async (button: string): Promise<void> => {
      await page.locator(button).focus();
      await page.keyboard.press('Enter');
    };
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 60) ?? '');
    await page.click('[data-view=pair]');
    await settled(page);
    await press('text=Try it on the model');
    await page.waitForSelector('.verdict.direct');
    await expect.poll(focused).toContain('panel pair');
    await press('.question >> text=As it is');
    await page.waitForSelector('.question >> text=nothing is changed');
    await expect.poll(focused).toContain('aria-disabled="true"');
  });
});

inChromium('a desktop whose cards are wider than their slots', () => {
  test('has no link that is slower than it could be, as the doctor says', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:desktop-2gpu&view=tree`);
    await watched.page.waitForSelector('.box');
    expect(await watched.page.textContent('.tree .legend')).toContain('slower than it could 0');
    expect(await watched.page.locator('.slow, .tree-picture .downgraded').count()).toBe(0);
    await closePage(watched);
  });
});

inChromium('a narrow screen with several machines open', () => {
  test('shows the tab of the one that is looked at', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`, {
      viewport: { width: 380, height: 780 },
    });
    const { page } = watched;
    await page.waitForSelector('.machine');
    for (const name of ['dual-socket-unlisted', 'desktop-2gpu-intel-client']) {
      await page.evaluate((example) => {
        location.hash = `#open=example:${example}`;
      }, name);
      await page.waitForSelector(`.tab.active >> text=${name}`);
    }
    const visible = (): Promise<boolean> =>
      page.$eval('.tab.active', (tab) => {
        const [a, b] = [tab.getBoundingClientRect(), (tab.parentElement ?? tab).getBoundingClientRect()];
        return a.right <= b.right + 1 && a.right <= innerWidth;
      });
    await expect.poll(visible).toBe(true);
    await page.selectOption('.tab-list', { label: 'hgx-8gpu' });
    await page.waitForSelector('.tab.active >> text=hgx-8gpu');
    await closePage(watched);
  });
});

inChromium('a NIC with ACS redirect of its own', () => {
  test('is cleared with all the others, as by --acs clear:all', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:vm-passthrough`);
    const { page } = watched;
    await page.waitForSelector('.machine');
    await page.click('[data-view=whatif]');
    await page.click('text=Clear redirect');
    await page.waitForSelector('.question >> text=ACS of 5 ports (2 pairs changed)');
    await closePage(watched);
  });
});
