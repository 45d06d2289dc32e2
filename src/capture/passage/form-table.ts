/** Which forms a line may have, by its first two bytes: most lines of a source are asked about by few. */
import type { PassageForm } from '../passage-form.ts';

/** The table of a set of forms. */
export class FormTable {
  /** Lists of forms, each in the order of the set, and for each two bytes the number of the list. */
  readonly #lists: PassageForm[][] = [];
  readonly #listOf = new Uint16Array(0x10000);
  /** All forms whose lines may begin with a byte, wherever they stand. */
  readonly #byFirst: readonly (readonly PassageForm[])[];

  constructor(forms: readonly PassageForm[]) {
    this.#byFirst = Array.from({ length: 256 }, (_, byte) => forms.filter((form) => mayBegin(form, byte)));
    for (let first = 0; first < 256; first++) this.#fillRow(first);
  }

  /**
   * Forms to ask about a line that begins with these bytes.
   * @param inside the form of the line before, which may claim lines that do not begin like its others
   */
  formsFor(first: number, second: number, inside: PassageForm | undefined): readonly PassageForm[] {
    if (inside?.starts !== undefined) return this.#byFirst[first] as readonly PassageForm[];
    return this.#lists[this.#listOf[(first << 8) | second] as number] as readonly PassageForm[];
  }

  #fillRow(first: number): void {
    const forms = this.#byFirst[first] as readonly PassageForm[];
    const seconds = new Set(forms.flatMap(({ starts = [] }) => secondBytes(starts, first)));
    const listed = (second: number | undefined) =>
      forms.filter(({ starts }) => starts === undefined || starts.some((text) => fits(text, first, second)));
    this.#listOf.fill(this.#numberOf(listed(undefined)), first << 8, (first + 1) << 8);
    for (const second of seconds) this.#listOf[(first << 8) | second] = this.#numberOf(listed(second));
  }

  #numberOf(list: PassageForm[]): number {
    const known = this.#lists.findIndex(
      (each) => each.length === list.length && each.every((form, index) => form === list[index]),
    );
    return known >= 0 ? known : this.#lists.push(list) - 1;
  }
}

/** Bytes beyond ASCII begin marks of any form. */
function mayBegin({ firstCharacters }: PassageForm, byte: number): boolean {
  return firstCharacters.includes(byte < 0x80 ? String.fromCharCode(byte) : '\u0080');
}

function secondBytes(texts: readonly string[], first: number): number[] {
  return texts.flatMap((text) => (text.length > 1 && text.charCodeAt(0) === first ? [text.charCodeAt(1)] : []));
}

function fits(text: string, first: number, second: number | undefined): boolean {
  return text.charCodeAt(0) === first && (text.length === 1 || text.charCodeAt(1) === second);
}
