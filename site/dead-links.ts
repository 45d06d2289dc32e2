/** Links that lead nowhere, and whatever a page would load from elsewhere. */
import { posix } from 'node:path';

/** What the explorer can be asked to open: `example:hgx-8gpu`. */
export type Openable = ReadonlySet<string>;

/** A sentence for each fault of the site, by its files. */
export function deadLinks(files: ReadonlyMap<string, string | Uint8Array>, openable: Openable): readonly string[] {
  const anchors = new Map<string, ReadonlySet<string>>();
  for (const [path, html] of files) if (isPage(path, html)) anchors.set(path, new Set(idsOf(html)));
  return [...files].flatMap(([path, html]) =>
    isPage(path, html) ? [...twice(path, html), ...faultsOf(path, html, { files, anchors, openable })] : [],
  );
}

interface Known {
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>;
  readonly openable: Openable;
}

function isPage(path: string, content: string | Uint8Array): content is string {
  return path.endsWith('.html') && typeof content === 'string';
}

function idsOf(html: string): readonly string[] {
  return [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => unescaped(id));
}

function twice(path: string, html: string): readonly string[] {
  const ids = idsOf(html);
  return ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${path}: two places are called #${id}`);
}

function faultsOf(path: string, html: string, known: Known): readonly string[] {
  const links = [...html.matchAll(/<(\w+)[^>]*?\s(href|src)="([^"]*)"/g)];
  return links.flatMap(([, tag = '', , written = '']) => {
    const link = unescaped(written);
    if (/^(?:data|https?|mailto):/.test(link))
      return tag === 'a' || link.startsWith('data:') ? [] : [`${path}: <${tag}> loads ${link}`];
    const fault = faultOf(path, link, known);
    return fault === undefined ? [] : [`${path}: ${link}: ${fault}`];
  });
}

function faultOf(path: string, link: string, { files, anchors, openable }: Known): string | undefined {
  if (/^[a-z]+:|^\//.test(link)) return 'leads away from the site';
  const [to = '', anchor] = link.split('#');
  const target = to === '' ? path : posix.normalize(posix.join(posix.dirname(path), to));
  if (!files.has(target)) return 'there is no such page';
  if (anchor === undefined || anchor === '') return undefined;
  const [, address] = /^open=([^&]*)/.exec(anchor) ?? [];
  if (target === EXPLORER)
    return address !== undefined && openable.has(address) ? undefined : 'the explorer has no such thing';
  return anchors.get(target)?.has(decodeURIComponent(anchor)) === true ? undefined : 'the page has no such place';
}

/** The page of the explorer. */
export const EXPLORER = 'explorer/index.html';

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
