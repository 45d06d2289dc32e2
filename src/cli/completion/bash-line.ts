/** A line as bash has it while it is typed: its words, and the one below the cursor. */

/** The words of a line, quotes and backslashes taken away. */
export interface TypedLine {
  readonly words: readonly string[];
  /** Which word the cursor is in; its text ends at the cursor. */
  readonly cursor: number;
  /**
   * How much of that word bash keeps as it is: a completion replaces what follows the last character that breaks words
   * for it (`gpu0:` of `gpu0:2`), where that is not in quotes.
   */
  readonly kept: number;
}

/** Splits a line. @param point where the cursor is, in characters @param breaks bash's COMP_WORDBREAKS */
export function splitBashLine(line: string, point: number, breaks: string): TypedLine {
  const before = splitWords(line.slice(0, point));
  const last = before.words.at(-1) ?? '';
  const quoted = before.open !== undefined;
  const kept = quoted ? 0 : lastBreak(last, breaks) + 1;
  const after = splitWords(line.slice(point).replace(/^\S*/, '')).words.filter((word) => word !== '');
  return { words: [...before.words, ...after], cursor: before.words.length - 1, kept };
}

function lastBreak(word: string, breaks: string): number {
  return [...word].findLastIndex((char) => breaks.includes(char) && !/["'\s]/.test(char));
}

/** The last word is the one that is being typed: empty after a blank. `open`: the quote that is not closed yet. */
function splitWords(text: string): { readonly words: readonly string[]; readonly open: string | undefined } {
  const words: string[] = [''];
  let open: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    const end = words.length - 1;
    if (char === '\\' && open !== "'") words[end] += text[++at] ?? '';
    else if (char === open) open = undefined;
    else if (open === undefined && /["']/.test(char)) open = char;
    else if (open === undefined && /\s/.test(char)) {
      if (words[end] !== '') words.push('');
    } else words[end] += char;
  }
  return { words, open };
}
