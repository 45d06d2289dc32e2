/** What the search looks through: every heading of every page, with the text below it. */
import { type SitePage, sectionsOf } from './site-page.ts';

/** One place that can be found. Short names: there are thousands of them. */
export interface SearchPlace {
  /** Page and anchor, from the root of the site. */
  readonly u: string;
  /** The title of the page. */
  readonly p: string;
  /** The heading; empty at the top of a page. */
  readonly h: string;
  readonly t: string;
}

/** Of each place so many characters of text are searched. */
const MOST_TEXT = 1200;

/** As a script: a page from disk can load nothing else. */
export function searchScript(pages: readonly SitePage[]): string {
  const places = pages.filter(({ searched }) => searched !== false).flatMap(placesOf);
  return `globalThis.peerpathPlaces = ${JSON.stringify(places)};\n`;
}

function placesOf({ path, title, body }: SitePage): readonly SearchPlace[] {
  return sectionsOf(body).map(({ depth, id, heading, text }) => ({
    u: depth === 1 || id === undefined ? path : `${path}#${id}`,
    p: title,
    h: depth === 1 ? '' : heading.replace(/ #$/, ''),
    t: text.slice(0, MOST_TEXT),
  }));
}
