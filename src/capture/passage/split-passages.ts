/** Splits the text of a source into passages and has each read by the reader of its form. */
import type { CapturePart, TextCount } from '../capture-part.ts';
import { lineEndAt } from '../each-line.ts';
import type { PassageForm, PassageReader } from '../passage-form.ts';
import { FormTable } from './form-table.ts';
import { FORMS } from './forms.ts';

/** What a text holds. */
export interface SplitText {
  readonly parts: readonly CapturePart[];
  readonly text: TextCount;
}

let allForms: FormTable | undefined;

/** Made when it is first needed. */
function tableOfAll(): FormTable {
  allForms ??= new FormTable(FORMS);
  return allForms;
}

/** So many lines of no form of their own may stand behind a line of a form that keeps such. */
const MOST_KEPT = 4096;

/**
 * Reads a source in one go or piece by piece: texts of any length are read without holding them. Pieces are whole lines;
 * their bytes may change once they were taken.
 */
export class PassageSplitter {
  readonly #source: string;
  readonly #readers = new Map<PassageForm, PassageReader>();
  readonly #table: FormTable;
  #line = 0;
  #skipped = 0;
  /** The form of the line before, if it belongs to one. */
  #inside: PassageForm | undefined;
  /** Lines since one that a form claimed. */
  #kept = 0;
  /** Ends of the lines at hand that follow each other in one form, and their number. */
  #ends = new Uint32Array(1024);
  #lines = 0;

  /** @param source what to call the text in messages */
  constructor(source: string, forms: readonly PassageForm[] = FORMS) {
    this.#source = source;
    this.#table = forms === FORMS ? tableOfAll() : new FormTable(forms);
  }

  /** Takes whole lines. */
  take(bytes: Uint8Array): void {
    let stretch = 0;
    let firstLine = this.#line + 1;
    let form = this.#inside;
    for (let at = 0; at < bytes.length; ) {
      const end = lineEndAt(bytes, at);
      const next = this.#formOf(bytes, at, end);
      if (next !== form) {
        this.#hand(form, bytes, stretch, at, firstLine);
        this.#lines = 0;
        stretch = at;
        firstLine = this.#line + 1;
        form = next;
        this.#inside = next;
      }
      this.#line++;
      if (next !== undefined) this.#noteEnd(end);
      if (next === undefined) this.#skipped++;
      at = end + 1;
    }
    this.#hand(form, bytes, stretch, bytes.length, firstLine);
    this.#lines = 0;
  }

  #noteEnd(end: number): void {
    if (this.#lines === this.#ends.length) {
      const larger = new Uint32Array(2 * this.#ends.length);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#lines++] = end;
  }

  /** Ends the text. */
  finish(): SplitText {
    const parts = [...this.#readers.values()].flatMap((reader) => reader.finish());
    return { parts, text: { source: this.#source, lines: this.#line, skipped: this.#skipped } };
  }

  #formOf(bytes: Uint8Array, lineStart: number, lineEnd: number): PassageForm | undefined {
    const inside = this.#inside;
    const claimed = this.#claimedBy(bytes, lineStart, lineEnd, inside);
    if (claimed === undefined) return inside?.others === 'kept' && this.#kept++ < MOST_KEPT ? inside : undefined;
    this.#kept = 0;
    return claimed;
  }

  #claimedBy(
    bytes: Uint8Array,
    lineStart: number,
    lineEnd: number,
    inside: PassageForm | undefined,
  ): PassageForm | undefined {
    let start = lineStart;
    while (start < lineEnd && isMargin(bytes[start] as number)) start++;
    if (start === lineEnd) return undefined;
    if (inside?.isSurely?.(bytes, start, lineEnd) === true) return inside;
    const second = start + 1 < lineEnd ? (bytes[start + 1] as number) : 0;
    const forms = this.#table.formsFor(bytes[start] as number, second, inside);
    for (const form of forms) if (form.claims(bytes, start, lineEnd, form === inside)) return form;
    return undefined;
  }

  #hand(form: PassageForm | undefined, bytes: Uint8Array, start: number, end: number, firstLine: number): void {
    if (form === undefined || start >= end) return;
    let reader = this.#readers.get(form);
    if (reader === undefined) {
      reader = form.open(this.#source);
      this.#readers.set(form, reader);
    }
    reader.take({ bytes, start, end, firstLine, ends: this.#ends.subarray(0, this.#lines) });
  }
}

/** Blanks and quote marks (`>`, `|`). */
function isMargin(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x3e || byte === 0x7c || byte === 0x0d;
}
