/** What a reader of one kind of line is. */
import type { ListDraft } from './device-draft.ts';

/** A kind of line. */
export interface ListLine {
  /** Texts one of which it begins with: a quick look that most lines of others do not pass. Empty: with a digit. */
  readonly starts: readonly string[];
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray, draft: ListDraft, line: number) => void;
}

/** An address as tools print it, with a domain of up to eight digits or none. */
export const ADDRESS: string = String.raw`((?:[0-9A-Fa-f]{4,8}:)?[0-9A-Fa-f]{2}:[01][0-9A-Fa-f]\.[0-7])`;

/** Does a line of this kind begin so? */
export function beginsLike({ starts }: ListLine, text: string): boolean {
  return starts.length === 0 ? HEX_DIGIT.test(text) : starts.some((each) => text.startsWith(each));
}

const HEX_DIGIT = /^[0-9a-f]/;
