/** Where the browser chooses the colours, nothing is told by colour alone. */
import { expect, test } from 'vitest';
import {
  axeViolations,
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openPage,
  ownChromium,
  settled,
} from './browser.ts';

const chromium = ownChromium();

/** A machine with so many devices that cells have no room for letters. */
const MANY = `peerpath-machine: 1
name: many
cpu: {vendor: GenuineIntel, family: 6}
iommu: none
kinds:
  box: {kind: switch, acs: off, below: [{kind: gpu, count: 4}, {kind: nic, count: 4}, {kind: nvme, count: 6}]}
host-bridges:
${Array.from({ length: 8 }, (_, at) => `  - {bus: ${at * 24}, devices: [{kind: root-port, slot: 1, below: box}]}`).join('\n')}
`;

inChromium('forced colours', () => {
  test('leave a matrix of many devices readable, and the view that is open marked', async () => {
    const watched = await openPage(chromium(), FROM_DISK, { forcedColors: 'active' });
    const { page } = watched;
    await dropFile(page, { name: 'many.yaml', bytes: Buffer.from(MANY) });
    await page.waitForSelector('.matrix-scroll canvas');
    await settled(page);
    const colours = () =>
      page.$eval('.matrix-scroll', (element) => {
        const canvas = element.querySelector('canvas');
        const context = canvas?.getContext('2d');
        const { cell = '0', left = '0', top = '0' } = (element as HTMLElement).dataset;
        if (!context) return { cell: 0, seen: 0 };
        const ratio = devicePixelRatio;
        const { data } = context.getImageData(Number(left) * ratio, Number(top) * ratio, 300, 300);
        const seen = new Set<number>();
        for (let at = 0; at < data.length; at += 4)
          if ((data[at + 3] ?? 0) >= 128)
            seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
        return { cell: Number(cell), seen: seen.size };
      });
    // At least the fills of both answers, and the shape that is drawn on one of them.
    await expect.poll(async () => (await colours()).seen).toBeGreaterThanOrEqual(3);
    expect((await colours()).cell).toBeLessThan(12);
    const outline = await page.$eval('[data-view=matrix]', (element) => getComputedStyle(element).outlineStyle);
    expect(outline).toBe('solid');
    for (const view of ['tree', 'whatif', 'findings']) await page.click(`[data-view=${view}]`);
    expect(await axeViolations(page)).toEqual([]);
    await closePage(watched);
  });

  test('leave names of rows in sight, whatever cells are coloured by', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:vm-passthrough`, { forcedColors: 'active' });
    const { page } = watched;
    await page.waitForSelector('.matrix-scroll canvas');
    await page.selectOption('.tools label:has-text("Colour by") select', 'node');
    await settled(page);
    const dark = () =>
      page.$eval('.matrix-scroll', (element) => {
        const context = element.querySelector('canvas')?.getContext('2d');
        const { left = '0', top = '0' } = (element as HTMLElement).dataset;
        if (!context) return 0;
        const { data } = context.getImageData(0, Number(top), Number(left), 80);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) if ((data[at + 3] ?? 0) > 128 && (data[at] ?? 255) < 90) count++;
        return count;
      });
    await expect.poll(dark).toBeGreaterThan(40);
    await closePage(watched);
  });
});
