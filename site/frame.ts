/** What stands around every page: head, navigation, and what is on the page. */
import { DOCUMENTS, documentTitle } from './documents.ts';
import { escapeHtml, type Section, type SitePage, sectionsOf, wayTo } from './site-page.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 13V8a5 5 0 0 1 10 0v5' fill='none' stroke='%230b6e6e' stroke-width='2.4'/%3E%3Ccircle cx='3' cy='13' r='2.2' fill='%230b6e6e'/%3E%3Ccircle cx='13' cy='13' r='2.2' fill='%230b6e6e'/%3E%3C/svg%3E";

const HEAD: readonly (readonly [Section | 'explorer', string, string])[] = [
  ['explorer', 'Explorer', 'explorer/index.html'],
  ['examples', 'Examples', 'examples/index.html'],
  ['docs', 'Docs', 'README.html'],
  ['manual', 'Manual', 'man/peerpath.html'],
  ['api', 'API', 'api/index.html'],
];

/** What a part of the navigation lists. */
export interface NavigationGroup {
  readonly title: string | undefined;
  /** Title and page, from the root of the site. */
  readonly items: readonly (readonly [title: string, page: string])[];
}

/** The lists beside the pages of each part. */
export function navigationOf(
  root: string,
  pages: readonly SitePage[],
): ReadonlyMap<Section, readonly NavigationGroup[]> {
  const documents = Object.entries(DOCUMENTS).map(([title, paths]) => ({
    title,
    items: paths.map((path) => [documentTitle(root, path), path.replace(/\.md$/, '.html')] as const),
  }));
  const of = (section: Section): NavigationGroup => ({
    title: undefined,
    items: pages.filter((page) => page.section === section).map(({ title, path }) => [title, path] as const),
  });
  const doors = of('api').items;
  const depth = (path: string): number => path.split('/').length;
  const api = doors
    .filter(([, path]) => depth(path) === 2)
    .map(([title, path]) => ({
      title: undefined,
      items: [
        [title, path] as const,
        ...doors
          .filter(([, room]) => room.startsWith(path.replace('.html', '/')))
          .map(([room, at]) => [room.replace(/^.*: /, ''), at] as const),
      ],
    }));
  return new Map<Section, readonly NavigationGroup[]>([
    ['docs', documents],
    ['manual', [of('manual')]],
    ['api', api],
  ]);
}

/** A page, whole. */
export function framePage(page: SitePage, navigation: readonly NavigationGroup[]): string {
  const to = (path: string): string => wayTo(page.path, path);
  const links = HEAD.map(
    ([section, title, path]) =>
      `<a href="${to(path)}"${section === page.section ? ' aria-current="true"' : ''}>${title}</a>`,
  );
  return `<!doctype html>
<html lang="en" data-root="${to('')}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(page.title)}${page.section === 'start' ? '' : ' - peerpath'}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${to('site.css')}">
<script src="${to('theme.js')}"></script>
<script defer src="${to('site.js')}"></script>
</head>
<body class="${page.section}">
<a class="skip" href="#main">To the text</a>
<header class="top">
<a class="brand" href="${to('index.html')}"><svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true"><path d="M3 12.5V8a5 5 0 0 1 10 0v4.5"/><circle cx="3" cy="13" r="2"/><circle cx="13" cy="13" r="2"/></svg>peerpath</a>
<nav class="parts" aria-label="Parts of the site">${links.join('')}</nav>
<span class="spring"></span>
<div id="search" class="search" role="search"></div>
<button type="button" id="theme" class="quiet" hidden></button>
</header>
<div class="columns-of-page">
${sideList(page, navigation)}<main id="main" tabindex="-1">
${page.body}
</main>
${contents(page)}</div>
</body>
</html>
`;
}

function sideList(page: SitePage, navigation: readonly NavigationGroup[]): string {
  if (navigation.length === 0) return '';
  const groups = navigation.map(({ title, items }) => {
    const list = items.map(
      ([name, path]) =>
        `<li><a href="${wayTo(page.path, path)}"${path === page.path ? ' aria-current="page"' : ''}>${escapeHtml(name)}</a></li>`,
    );
    return `${title === undefined ? '' : `<p>${escapeHtml(title)}</p>`}<ul>${list.join('')}</ul>`;
  });
  // Open where there is room beside the text; a script closes it on small screens.
  return `<details class="side" id="side" open><summary>Pages</summary><nav aria-label="Pages of this part">${groups.join('\n')}</nav></details>\n`;
}

/** The headings of a page that has several. */
function contents(page: SitePage): string {
  const headings = sectionsOf(page.body).filter(({ depth, id }) => depth === 2 && id !== undefined);
  if (headings.length < 3) return '';
  const items = headings.map(
    ({ id, heading }) => `<li><a href="#${id}">${escapeHtml(heading.replace(/ #$/, ''))}</a></li>`,
  );
  return `<nav class="contents" aria-label="On this page" tabindex="0"><p>On this page</p><ul>${items.join('')}</ul></nav>\n`;
}
