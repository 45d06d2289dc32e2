/** What tabs are called: what people gave, else the host or the board, with the file; and all that tells equal ones apart. */

/** What is known of one open machine. */
export interface TabFacts {
  /** The input's name: a path, or several, with commas between. */
  readonly title: string;
  /** Host or board, where the input names one. */
  readonly called: string | undefined;
  /** What people named it. */
  readonly renamed: string | undefined;
}

/** How a tab is labelled. */
export interface TabName {
  readonly name: string;
  /** The file, folder or number that tells it from others; '' where the name does. */
  readonly beside: string;
}

/** Names for all tabs, in their order; no two are alike. */
export function tabNames(tabs: readonly TabFacts[]): readonly TabName[] {
  const plain = tabs.map((tab): TabName => {
    const files = withoutFolders(tab.title);
    const name = tab.renamed ?? tab.called ?? files;
    return { name, beside: name === files || tab.renamed !== undefined ? '' : files };
  });
  const placed = plain.map(
    (own, at): TabName =>
      sameAs(plain, own) < 2 ? own : { ...own, beside: [folderOf(tabs[at]?.title ?? ''), own.beside].join('') },
  );
  const counts = new Map<string, number>();
  return placed.map((own): TabName => {
    const number = (counts.get(textOf(own)) ?? 0) + 1;
    counts.set(textOf(own), number);
    return number === 1 ? own : { ...own, beside: `${own.beside} ${number}`.trim() };
  });
}

function sameAs(all: readonly TabName[], own: TabName): number {
  return all.filter((other) => textOf(other) === textOf(own)).length;
}

function textOf({ name, beside }: TabName): string {
  return `${name}\n${beside}`;
}

function withoutFolders(title: string): string {
  return title
    .split(', ')
    .map((path) => path.split('/').at(-1) ?? path)
    .join(', ');
}

/** `case/` of `/home/x/case/lspci.txt`; '' where there is none. */
function folderOf(title: string): string {
  const folder = title.split(', ')[0]?.split('/').at(-2) ?? '';
  return folder === '' ? '' : `${folder}/`;
}
