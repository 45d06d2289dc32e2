/** What the site is made of, before the frame around it. */

/** The parts of the site, as the head of every page names them. */
export type Section = 'start' | 'examples' | 'docs' | 'api' | 'manual';

/** One page. */
export interface SitePage {
  /** From the root of the site: `docs/library.html`. */
  readonly path: string;
  readonly title: string;
  readonly section: Section;
  /** HTML of the main part, with one `h1`; headings to be linked and found carry an `id`. */
  readonly body: string;
  /** Are its words found by the search? Default true. */
  readonly searched?: boolean;
}

/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** What HTML of ours says, without its tags. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A heading of a page, with what stands below it until the next one. */
export interface PageSection {
  readonly depth: number;
  readonly id: string | undefined;
  readonly heading: string;
  readonly text: string;
}

/** A page cut at its headings. */
export function sectionsOf(body: string): readonly PageSection[] {
  return body.split(/(?=<h[1-3][ >])/).flatMap((part) => {
    const head = /^<h([1-3])(?: id="([^"]*)")?[^>]*>([\s\S]*?)<\/h\1>/.exec(part);
    if (head === null) return [];
    const [whole, depth = '', id, heading = ''] = head;
    return [{ depth: Number(depth), id, heading: plainText(heading), text: plainText(part.slice(whole.length)) }];
  });
}

/** The way from one page to another: relative, so that the site works below any path and from disk. */
export function wayTo(from: string, to: string): string {
  return `${'../'.repeat(from.split('/').length - 1)}${to}`;
}
