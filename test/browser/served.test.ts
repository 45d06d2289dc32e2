/** The page as `peerpath web` serves it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedPage, servedSource, servePage } from '../../src/node/index.ts';
import { closePage, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const ACS = 'test/machines/acsswitch-intel/capture.tar.gz';
const chromium = ownChromium();

inChromium('the served page', () => {
  let served: ServedPage;
  beforeAll(async () => {
    const source = await servedSource(repositoryFile(ACS), {});
    if (!source.ok) throw new Error(source.error.text);
    served = await servePage(source.value, { files: repositoryFile('dist/web') });
  });
  afterAll(() => served.close());

  test('opens on its source and explains a pair', async () => {
    const watched = await openPage(chromium(), served.url);
    const { page } = watched;
    await page.waitForSelector('.machine');
    await page.selectOption('#provider', { index: 1 });
    await page.waitForSelector('.direction');
    const text = (await page.textContent('.pair')) ?? '';
    expect(text).toContain('Linux refuses peer-to-peer DMA');
    expect(text).toContain('hop by hop');
    await closePage(watched);
  });
});
