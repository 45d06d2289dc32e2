/** Names of vendors, devices and classes, from a text in pci.ids format. */

/** Looks names up in one pci.ids text. Only the part asked for is read. */
export class PciNames {
  readonly #text: string;
  readonly #sections = new Map<string, string>();
  /** Device and class names found (or not) so far: machines have many functions of one kind. */
  readonly #found = new Map<string, string | undefined>();

  /** @param text pci.ids, whole or compacted (sub-entries and comments left out). */
  constructor(text: string) {
    this.#text = `\n${text}`;
  }

  /** Vendor name, undefined when not listed. */
  vendor(vendor: number): string | undefined {
    return firstLine(this.#section(`${hex(vendor, 4)}  `));
  }

  /** Device name, undefined when not listed. */
  device(vendor: number, device: number): string | undefined {
    return this.#entry(`${hex(vendor, 4)}  `, hex(device, 4));
  }

  /** Name of the sub class of a 24-bit class code ("VGA compatible controller"), else of its base class. */
  className(classCode: number): string | undefined {
    const base = `C ${hex(classCode >> 16, 2)}  `;
    return this.#entry(base, hex((classCode >> 8) & 0xff, 2)) ?? firstLine(this.#section(base));
  }

  #entry(section: string, id: string): string | undefined {
    const key = `${section}${id}`;
    if (!this.#found.has(key)) this.#found.set(key, entry(this.#section(section), `\n\t${id}  `));
    return this.#found.get(key);
  }

  /** The text from a top-level entry to the next. */
  #section(head: string): string {
    const found = this.#sections.get(head);
    if (found !== undefined) return found;
    const start = this.#text.indexOf(`\n${head}`);
    const from = start + 1 + head.length;
    NEXT_SECTION.lastIndex = from;
    const section = start < 0 ? '' : this.#text.slice(from, NEXT_SECTION.exec(this.#text)?.index);
    this.#sections.set(head, section);
    return section;
  }
}

/** The date of a pci.ids text (`Date:` or `Version:` line of its head) as digits in reading order; '' when it has none. */
export function pciIdsDate(head: string): string {
  const match = /^#\s*(?:Version|Date):\s*(\d{4})[.-](\d{2})[.-](\d{2})/m.exec(head);
  return match === null ? '' : match.slice(1).join('');
}

/**
 * Leaves out what is not looked up: comments (but the head with version and licence), subsystem entries and
 * programming interfaces.
 */
export function compactPciIds(text: string): string {
  const lines = text.split('\n');
  const body = lines.findIndex((line) => line !== '' && !line.startsWith('#'));
  const kept = lines.slice(body).filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('\t\t'));
  return `${[...lines.slice(0, body).filter((line) => line.startsWith('#')), ...kept].join('\n')}\n`;
}

/** A line that neither belongs to an entry nor is a comment. */
const NEXT_SECTION = /\n(?![\t#])/g;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function firstLine(section: string): string | undefined {
  const end = section.indexOf('\n');
  return section === '' ? undefined : section.slice(0, end < 0 ? undefined : end);
}

function entry(section: string, head: string): string | undefined {
  const start = section.indexOf(head);
  return start < 0 ? undefined : firstLine(section.slice(start + head.length));
}
