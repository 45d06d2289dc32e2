/** Markdown as the documents of the repository use it, to HTML. */
import { Marked, type Tokens } from 'marked';
import type { Origin, Places } from './places.ts';
import { escapeHtml, plainText, wayTo } from './site-page.ts';

/** A whole document. Headings get the anchors that forges give them. */
export function renderDocument(text: string, origin: Origin, places: Places): string {
  const ids = new Map<string, number>();
  const marked = markedFor(origin, places, (heading) => {
    const plain = slug(heading);
    const before = ids.get(plain) ?? 0;
    ids.set(plain, before + 1);
    return before === 0 ? plain : `${plain}-${before}`;
  });
  return framed(marked.parse(text, { async: false }));
}

/** A comment of the source: no headings. */
export function renderComment(text: string, origin: Origin, places: Places): string {
  return framed(markedFor(origin, places, undefined).parse(text, { async: false }));
}

/** The first heading of a document. */
export function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1] ?? '';
}

function markedFor(origin: Origin, places: Places, idOf: ((heading: string) => string) | undefined): Marked {
  return new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const inner = this.parser.parseInline(tokens);
        if (idOf === undefined) return `<p><strong>${inner}</strong></p>`;
        const id = idOf(plainText(inner));
        const mark = depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this heading">#</a>`;
        return `<h${depth} id="${id}">${inner}${mark}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const inner = this.parser.parseInline(tokens);
        return `<a href="${escapeHtml(places.follow(href, origin))}">${inner}</a>`;
      },
      codespan({ text }: Tokens.Codespan): string {
        const page = places.named(text);
        const code = `<code>${escapeHtml(text)}</code>`;
        return page === undefined || page === origin.page ? code : `<a href="${wayTo(origin.page, page)}">${code}</a>`;
      },
      code({ text }: Tokens.Code): string {
        return `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>\n`;
      },
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        return escapeHtml(text);
      },
    },
  });
}

/** Tables are wider than some screens: they scroll by themselves. A link does not hold a link. */
function framed(html: string): string {
  return html
    .replaceAll('<table>', '<div class="wide" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>')
    .replaceAll(/(<a href="[^"]*">)<a href="[^"]*">(<code>[^<]*<\/code>)<\/a><\/a>/g, '$1$2</a>');
}

function slug(heading: string): string {
  return heading
    .replace(/ #$/, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}
