/** The words of the page, from the one list of them: docs/glossary.md. */
import text from '../../docs/glossary.md?raw';

/** One word and what it means. */
export interface Word {
  readonly term: string;
  readonly parts: readonly { readonly text: string; readonly code: boolean }[];
}

/** In the order of the list. */
export const GLOSSARY: readonly Word[] = [...text.matchAll(/^- \*\*(.+?)\*\*(.*)$/gm)].map(
  ([, term = '', meaning = '']) => ({
    term: term.replaceAll('`', ''),
    parts: meaning
      .replace(/^: /, '')
      .split('`')
      .map((part, at) => ({ text: part, code: at % 2 === 1 })),
  }),
);

/** Those whose name or meaning has all words of a search. */
export function glossaryMatches(search: string): readonly Word[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return GLOSSARY.filter(({ term, parts }) => {
    const whole = `${term} ${parts.map(({ text: part }) => part).join('')}`.toLowerCase();
    return wanted.every((word) => whole.includes(word));
  });
}
