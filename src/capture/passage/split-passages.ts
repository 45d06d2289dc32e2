/** Splits the text of a source into passages and has each read by the reader of its form. */
import type { CapturePart, TextCount } from '../capture-part.ts';
import type { PassageForm, PassageReader } from '../passage-form.ts';
import { FORMS } from './forms.ts';

/** What a text holds. */
export interface SplitText {
  readonly parts: readonly CapturePart[];
  readonly text: TextCount;
}

const LF = 0x0a;

/**
 * Reads a source in one go or piece by piece: texts of any length are read without holding them. Pieces are whole lines,
 * and must stay as they are until `finish`.
 */
export class PassageSplitter {
  readonly #source: string;
  readonly #readers = new Map<PassageForm, PassageReader>();
  readonly #formsByFirst: readonly (readonly PassageForm[])[];
  #line = 0;
  #skipped = 0;
  /** The form of the line before, if it belongs to one. */
  #inside: PassageForm | undefined;

  /** @param source what to call the text in messages */
  constructor(source: string, forms: readonly PassageForm[] = FORMS) {
    this.#source = source;
    this.#formsByFirst = formsByFirstByte(forms);
  }

  /** Takes whole lines. */
  take(bytes: Uint8Array): void {
    let stretch = 0;
    let firstLine = this.#line + 1;
    let form = this.#inside;
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(LF, at);
      const end = newline < 0 ? bytes.length : newline;
      const next = this.#formOf(bytes, at, end);
      if (next !== form) {
        this.#hand(form, bytes, stretch, at, firstLine);
        stretch = at;
        firstLine = this.#line + 1;
        form = next;
        this.#inside = next;
      }
      this.#line++;
      if (next === undefined) this.#skipped++;
      at = end + 1;
    }
    this.#hand(form, bytes, stretch, bytes.length, firstLine);
  }

  /** Ends the text. */
  finish(): SplitText {
    const parts = [...this.#readers.values()].flatMap((reader) => reader.finish());
    return { parts, text: { source: this.#source, lines: this.#line, skipped: this.#skipped } };
  }

  #formOf(bytes: Uint8Array, lineStart: number, lineEnd: number): PassageForm | undefined {
    const inside = this.#inside;
    const start = skipMargin(bytes, lineStart, lineEnd);
    const kept = inside?.others === 'kept' ? inside : undefined;
    if (start === lineEnd) return kept;
    const forms = this.#formsByFirst[bytes[start] as number] as readonly PassageForm[];
    for (const form of forms) if (form.claims(bytes, start, lineEnd, form === inside)) return form;
    return kept;
  }

  #hand(form: PassageForm | undefined, bytes: Uint8Array, start: number, end: number, firstLine: number): void {
    if (form === undefined || start >= end) return;
    let reader = this.#readers.get(form);
    if (reader === undefined) {
      reader = form.open(this.#source);
      this.#readers.set(form, reader);
    }
    reader.take({ bytes, start, end, firstLine });
  }
}

/** Position behind blanks and quote marks (`>`, `|`). */
function skipMargin(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isMargin(bytes[at] as number)) at++;
  return at;
}

function isMargin(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x3e || byte === 0x7c || byte === 0x0d;
}

/** For each byte the forms whose lines can begin with it, in their order. Bytes beyond ASCII begin marks of any form. */
function formsByFirstByte(forms: readonly PassageForm[]): PassageForm[][] {
  return Array.from({ length: 256 }, (_, byte) =>
    forms.filter(({ firstCharacters }) => firstCharacters.includes(byte < 0x80 ? String.fromCharCode(byte) : '\u0080')),
  );
}
