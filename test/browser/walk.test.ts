/** From the matrix to the table on captures of real machines: the page says what the command says. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { inChromium, openCapture, ownChromium, WAYS } from './browser.ts';

const chromium = ownChromium();

/** A machine, one of its pairs, and what comes of a table for it. */
const MACHINES = [
  { name: 'acsswitch-intel', provider: '0000:03:00.0', client: '0000:04:00.0', table: 'Refused with -EINVAL' },
  { name: 'switch-epyc-none', provider: '0000:03:00.0', client: '0000:05:00.0', table: 'is reached once' },
  { name: 'nvme-none', provider: '0000:05:00.0', client: '0000:03:00.0', table: 'is reached once' },
] as const;

const WORDS: Readonly<Record<string, string>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: 'direct',
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 'through the host bridge',
  PCI_P2PDMA_MAP_NOT_SUPPORTED: 'not supported',
  unknown: 'unknown',
};

// biome-ignore lint/suspicious/noExplicitAny: documents of the command, as docs/json.md describes them
function told(...args: string[]): any {
  return JSON.parse(peerpath([...args, '--json']).stdout);
}

/** How many pairs there are of each kind, in the words of the legend. */
function countsOf(file: string, ...whatIf: string[]): Record<string, number> {
  const counts = Object.fromEntries(Object.values(WORDS).map((words) => [words, 0]));
  for (const { provider, client, mapType } of told('matrix', file, ...whatIf).pairs as readonly PairJson[]) {
    if (provider === client) continue;
    const words = WORDS[mapType] ?? mapType;
    counts[words] = (counts[words] ?? 0) + 1;
  }
  return counts;
}

interface PairJson {
  readonly provider: string;
  readonly client: string;
  readonly mapType: string;
}

async function legendOf(page: Page): Promise<Record<string, number>> {
  const lines = await page.locator('.matrix .legend li').allInnerTexts();
  const read = lines.map((line) => /(direct|through the host bridge|not supported|unknown)\s+(\d+)/.exec(line));
  return Object.fromEntries(read.flatMap((line) => (line === null ? [] : [[line[1], Number(line[2])]])));
}

inChromium('a capture of a real machine', () => {
  test.each(MACHINES.flatMap((machine) => WAYS.map((way) => ({ ...machine, way }))))(
    'has the same matrix, pair, way, table and what-if as by the command: $name, $way',
    async ({ name, way, provider, client, table }) => {
      const file = `test/machines/${name}/capture.tar.gz`;
      const { page, done } = await openCapture(chromium(), way, file);
      await expect.poll(() => legendOf(page)).toEqual(countsOf(file));

      const explained = told('explain', provider, client, file);
      await page.selectOption('#provider', { index: await optionOf(page, provider) });
      await page.selectOption('#client', { index: await optionOf(page, client) });
      const reasons = explained.verdict.reasons.map(({ text }: { text: string }) => text);
      await expect.poll(() => page.locator('.reasons').first().locator('li').allInnerTexts()).toEqual(reasons);
      const path = async () => (await page.locator('.path .bdf').allInnerTexts()).filter((at) => at !== 'host bridge');
      await expect.poll(path).toEqual(explained.path);

      await page.click('[data-view=tree]');
      await expect.poll(() => page.locator('.box.on-way').count()).toBeGreaterThanOrEqual(explained.path.length);

      await page.click('[data-view=table]');
      await page.waitForSelector(`.outcome >> text=${table}`);

      await page.click('[data-view=matrix]');
      await page.click('[data-view=whatif]');
      await page.click('text=Clear redirect');
      await expect.poll(() => legendOf(page)).toEqual(countsOf(file, '--acs', 'clear:all'));
      await done();
    },
  );
});

/** Where a picker has a device. */
async function optionOf(page: Page, bdf: string): Promise<number> {
  const options = await page.locator('#provider option').allInnerTexts();
  return options.findIndex((option) => option.includes(bdf));
}
