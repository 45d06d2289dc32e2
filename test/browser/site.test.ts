/** The site of `npm run site`: from disk, and on a plain web server below a path. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltSite, buildSite } from '../../site/build-site.ts';
import { axeViolations, closePage, inChromium, openPage, ownChromium, repositoryFile } from './browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'peerpath-site-'));
let site: BuiltSite = { files: new Map(), faults: [] };
beforeAll(async () => {
  site = await buildSite(repositoryFile('.'));
  for (const [path, content] of site.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every link of the site leads somewhere, and every example has its card', () => {
  expect(site.faults).toEqual([]);
  expect([...site.files.keys()].filter((path) => path.endsWith('.html')).length).toBeGreaterThan(100);
});

inChromium('the site', () => {
  const browser = ownChromium();
  const own = `${pathToFileURL(folder).href}/`;

  test('from disk, the search finds a document by its words and a name of the library by its parts', async () => {
    const watched = await openPage(browser(), `${own}docs/json.html`, {}, { ready: '#search-field', own });
    const { page } = watched;
    await page.keyboard.press('/');
    await page.keyboard.type('length of the kernel command line');
    await page.waitForSelector('.found .option');
    await page.fill('#search-field', 'dma_buf_attach');
    await page.waitForSelector('.found .option[aria-selected=true] >> text=dmaBufAttach');
    await page.keyboard.press('Enter');
    await page.waitForURL(/api\/peerpath-kernel\/dma-buf\.html#dmaBufAttach$/);
    expect(await page.textContent('h2:target')).toContain('dmaBufAttach');
    await closePage(watched);
  });

  test('from disk, examples and scenarios open in the explorer, which leads back', async () => {
    const watched = await openPage(browser(), `${own}examples/index.html`, {}, { ready: '.card', own });
    const { page } = watched;
    await page.click('.card >> text=Eight-GPU server');
    await page.waitForSelector('.machine');
    expect(await page.title()).toContain('hgx-8gpu');
    await page.click('a >> text=Docs');
    await page.waitForSelector('.hero');
    await page.click('.card >> text=GPU and NIC below one switch');
    await page.waitForSelector('.lab');
    await closePage(watched);
  });

  test('below a path of a plain web server, nothing is asked for but files that are there', async () => {
    const missing: string[] = [];
    const server = createServer(({ url = '' }, response) => {
      const [path = ''] = url.replace('/a/path/', '').split('?');
      const content = site.files.get(decodeURIComponent(path));
      if (content === undefined) missing.push(url);
      const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' } as const;
      const type = types[path.split('.').at(-1) as keyof typeof types];
      response.writeHead(content === undefined ? 404 : 200, { 'content-type': type }).end(content);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const root = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/a/path/`;
    const watched = await openPage(browser(), `${root}index.html`, {}, { ready: '.hero', own: root });
    const { page } = watched;
    await page.click('.card >> text=Host of virtual machines');
    await page.waitForSelector('.machine');
    await page.goto(`${root}README.html`);
    await page.fill('#search-field', 'bandwidth');
    await page.waitForSelector('.found .option');
    expect(await axeViolations(page)).toEqual([]);
    await closePage(watched).finally(() => server.close());
    expect(missing).toEqual([]);
  });
});
