/** What the table saves is what `peerpath map --json` says of the same mapping. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { inChromium, openCapture, ownChromium, settled, WAYS } from './browser.ts';

const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const HGX = 'examples/machines/hgx-8gpu.yaml';
const chromium = ownChromium();

async function saved(page: Page, format: 'JSON' | 'CSV'): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(`.exports >> text=${format}`)]);
  expect(download.suggestedFilename()).toBe(`table.${format.toLowerCase()}`);
  return readFileSync(await download.path(), 'utf8');
}

/** Two machines, two ways of mapping: by bus address after a what-if, and by I/O address in several entries. */
const MAPPINGS = [
  {
    file: ACS,
    pair: ['other0  0000:03:00.0', 'other1  0000:04:00.0'],
    whatIf: true,
    ranges: '0 4K\n64K 8K',
    args: ['other0:0', 'other1', '--acs', 'clear:all', '--range', '0+4K', '--range', '64K+8K'],
  },
  {
    file: HGX,
    pair: ['GPU0  0000:18:00.0', 'NIC0  0000:1a:00.0'],
    whatIf: false,
    ranges: '0 128G',
    args: ['gpu0:2', 'nic0', '--range', '0+128G'],
  },
] as const;

inChromium('a table that is saved', () => {
  test.each(MAPPINGS.flatMap((mapping) => WAYS.map((way) => ({ ...mapping, way }))))(
    'has the entries of the command: $file, $way',
    async ({ file, pair, whatIf, ranges, args, way }) => {
      const told = JSON.parse(peerpath(['map', ...args, file, '--json']).stdout);
      expect(told.nents).toBeGreaterThan(0);
      const { page, done } = await openCapture(chromium(), way, file, { acceptDownloads: true });
      await page.selectOption('#provider', { label: pair[0] });
      await page.selectOption('#client', { label: pair[1] });
      if (whatIf) {
        await page.click('[data-view=whatif]');
        await page.click('text=Clear redirect');
      }
      await page.click('[data-view=table]');
      await page.fill('.map-form textarea', ranges);
      await page.locator('.map-form textarea').blur();
      await page.waitForSelector(`.exports >> text=/^${told.nents} entr/`);
      await settled(page);
      const json = JSON.parse(await saved(page, 'JSON'));
      for (const field of ['schema', 'flow', 'nents', 'sg', 'defects'])
        expect([field, json[field]]).toEqual([field, told[field]]);
      const [head, ...lines] = (await saved(page, 'CSV')).trim().split('\n');
      expect(head).toBe('index,dma_address,length');
      const rows = lines.map((line) => line.split(','));
      const expected = told.sg.map(([address, length]: [string, string], entry: number) => [
        `${entry}`,
        address,
        `${Number(length)}`,
      ]);
      expect(rows).toEqual(expected);
      await done();
    },
  );
});
