/** Where on the site the files of the repository are. */
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { wayTo } from './site-page.ts';

/** Where a page is written, and which file of the repository it is made from. */
export interface Origin {
  readonly source: string;
  readonly page: string;
}

/** Links from documents to each other and to files; a file that is linked gets a page of its own. */
export class Places {
  readonly #root: string;
  readonly #pages: ReadonlyMap<string, string>;
  readonly #wanted = new Set<string>();

  /** `pages`: pages by the path of what they show, from the root of the repository. */
  constructor(root: string, pages: ReadonlyMap<string, string>) {
    this.#root = root;
    this.#pages = pages;
  }

  /** Files and folders that were linked and have no other page. */
  wanted(): readonly string[] {
    return [...this.#wanted].sort();
  }

  /** Where a link of a document leads on the site. One that leads nowhere stays as it is, for the check to find. */
  follow(link: string, { source, page }: Origin): string {
    if (/^[a-z]+:|^#/.test(link)) return link;
    const [path = '', anchor] = link.split('#');
    const target = this.pageOf(posix.normalize(posix.join(posix.dirname(source), path)));
    return target === undefined ? link : `${wayTo(page, target)}${anchor === undefined ? '' : `#${anchor}`}`;
  }

  /** The page that shows a file or a folder; undefined where there is no such file. */
  pageOf(path: string): string | undefined {
    const plain = path.replace(/\/$/, '');
    const known = this.#pages.get(plain);
    if (known !== undefined || plain.startsWith('..') || !existsSync(join(this.#root, plain))) return known;
    this.#wanted.add(plain);
    return filePage(plain, statSync(join(this.#root, plain)).isDirectory());
  }

  /** As {@link pageOf}, for words in the text that may be a path: documents, the API, and examples. */
  named(words: string): string | undefined {
    const plain = words.replace(/\/$/, '');
    return this.#pages.get(plain) ?? (/^examples\/[\w./-]+$/.test(plain) ? this.pageOf(plain) : undefined);
  }
}

function filePage(path: string, isFolder: boolean): string {
  return isFolder ? `files/${path}/index.html` : `files/${path}.html`;
}
