/** Archives of every compression open in a browser: its worker has no Node, and its policy no WebAssembly. */
import { expect, test } from 'vitest';
import { inChromium, openCapture, ownChromium } from './browser.ts';

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
});
