/** Archives of every compression open in a browser: its worker has no Node, and its policy no WebAssembly. */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openCapture,
  openPage,
  ownChromium,
  repositoryFile,
} from './browser.ts';

const GZIP = 'test/fixtures/recordings/switch-none/capture.tar.gz';

inChromium('an archive compressed with', () => {
  const browser = ownChromium();

  /** What the page says of the machine and its pairs; findings come later. */
  async function opened(path: string): Promise<string> {
    const { page, done } = await openCapture(browser(), 'from disk', path);
    const text = (await page.textContent('.machine')) ?? '';
    await done();
    return /\d+ functions.* not supported \d+/.exec(text)?.[0] ?? text;
  }

  test.each(['xz', 'zst'])('%s shows the same machine as one compressed with gzip', async (ending) => {
    const text = await opened(`test/fixtures/packed/capture.tar.${ending}`);
    expect(text).toMatch(/^12 functions, 4 endpoints/);
    expect(text).toBe(await opened(GZIP));
  });

  test('gzip in several members, one after the other, shows the same machine', async () => {
    const tar = gunzipSync(readFileSync(repositoryFile(GZIP)));
    const cuts = [0, 1, 5000, tar.length - 700, tar.length];
    const members = cuts.slice(1).map((to, at) => gzipSync(tar.subarray(cuts[at], to)));
    const watched = await openPage(browser(), FROM_DISK);
    const { page } = watched;
    await dropFile(page, { name: 'members.tar.gz', bytes: Buffer.concat(members) });
    await page.waitForSelector('.machine');
    await expect.poll(() => page.textContent('.machine-line')).toContain('12 functions, 4 endpoints');
    await dropFile(page, { name: 'cut.tar.gz', bytes: Buffer.concat(members).subarray(0, -20) });
    await expect.poll(() => page.textContent('[role=alert]')).toContain('cut.tar.gz: is damaged');
    await closePage(watched);
  });
});
