/** The site, whole: files by their paths. Reads what `npm run build` made. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { apiSitePages } from './api-pages.ts';
import { deadLinks, EXPLORER } from './dead-links.ts';
import { documentPages, documentSitePages } from './documents.ts';
import { examplesPage, filePages, missingCards, shippedAddresses } from './examples.ts';
import { framePage, navigationOf } from './frame.ts';
import { homePage } from './home.ts';
import { manualSitePages } from './manual-pages.ts';
import { Places } from './places.ts';
import { searchScript } from './search-data.ts';
import { type SitePage, wayTo } from './site-page.ts';

/** A site, and what is wrong with it. */
export interface BuiltSite {
  /** By path from the root of the site. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** A sentence each: links that lead nowhere, examples without a card. */
  readonly faults: readonly string[];
}

/** Makes it from the repository at `root`. */
export async function buildSite(root: string): Promise<BuiltSite> {
  const pages = sitePages(root);
  const navigation = navigationOf(root, pages);
  const files = new Map<string, string | Uint8Array>(
    pages.map((page) => [page.path, framePage(page, navigation.get(page.section) ?? [])]),
  );
  for (const [name, bytes] of explorerFiles(root)) files.set(name, bytes);
  files.set('site.css', `${text(root, 'web/styles/tokens.css')}\n${text(root, 'site/page/site.css')}`);
  files.set('theme.js', await script(root, 'theme'));
  files.set('site.js', await script(root, 'site'));
  files.set('search-data.js', searchScript(pages));
  const missing = missingCards(root).map((address) => `web/shipped.ts and the files of examples/ differ: ${address}`);
  return { files, faults: [...missing, ...deadLinks(files, new Set(shippedAddresses(root).keys()))] };
}

function sitePages(root: string): readonly SitePage[] {
  const known = new Map([...documentPages(root), ['docs/api', 'api/index.html'], ['examples', 'examples/index.html']]);
  const places = new Places(root, known);
  const pages = [
    homePage(root, places),
    examplesPage(root, places),
    ...documentSitePages(root, places),
    ...manualSitePages(),
    ...apiSitePages(root, places),
  ];
  return [...pages, ...filePages(root, places)];
}

/** The page of `peerpath web`, which learns that it is part of the site, and where that is. */
function explorerFiles(root: string): readonly (readonly [string, string | Uint8Array])[] {
  return readdirSync(join(root, 'dist/web')).map((name) => {
    const path = `explorer/${name}`;
    if (path !== EXPLORER) return [path, readFileSync(join(root, 'dist/web', name))];
    const mark = `<meta name="peerpath-site" content="${wayTo(path, 'index.html')}" />\n  </head>`;
    return [path, text(root, 'dist/web/index.html').replace('</head>', mark)];
  });
}

function text(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

async function script(root: string, name: string): Promise<string> {
  const bundle = await rolldown({ input: join(root, `site/page/${name}.ts`), platform: 'browser' });
  try {
    const { output } = await bundle.generate({ format: 'iife', minify: true });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
