/** The documents of the repository, in the order in which they are read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDocument, titleOf } from './markdown.ts';
import type { Places } from './places.ts';
import type { SitePage } from './site-page.ts';

/** Documents by what one wants of them. A new one in docs/ is placed here; the build stops until it is. */
export const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  'Use it': [
    'README.md',
    'docs/inputs.md',
    'docs/goals.md',
    'docs/scenarios.md',
    'examples/machines/README.md',
    'docs/fleet.md',
    'docs/json.md',
    'docs/bandwidth.md',
  ],
  'Understand it': [
    'docs/life-of-a-mapping.md',
    'docs/glossary.md',
    'docs/defects.md',
    'docs/mapping-types.md',
    'docs/older-ways.md',
    'docs/conformance.md',
    'docs/kernel-map.md',
  ],
  'Build on it': [
    'docs/library.md',
    'docs/versioning.md',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'docs/dependencies.md',
    'conformance/recordings/README.md',
    'oracle/README.md',
    'bench/README.md',
  ],
};

/** Where each document is on the site, by its path. */
export function documentPages(root: string): ReadonlyMap<string, string> {
  const placed = Object.values(DOCUMENTS).flat();
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const lost = docs.map((name) => `docs/${name}`).filter((path) => !placed.includes(path));
  if (lost.length > 0) throw new Error(`site/documents.ts says not where these stand: ${lost.join(', ')}`);
  return new Map(placed.map((path) => [path, path.replace(/\.md$/, '.html')]));
}

/** What the navigation calls a document. */
export function documentTitle(root: string, path: string): string {
  return path === 'README.md' ? 'The walk' : titleOf(readFileSync(join(root, path), 'utf8'));
}

/** All of them, rendered. */
export function documentSitePages(root: string, places: Places): readonly SitePage[] {
  return [...documentPages(root)].map(([source, page]) => {
    const text = readFileSync(join(root, source), 'utf8');
    const body = renderDocument(text, { source, page }, places);
    return { path: page, title: documentTitle(root, source), section: 'docs', body };
  });
}
