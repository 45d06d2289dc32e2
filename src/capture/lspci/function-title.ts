/** What stands behind the address in the first line of a function. */
import { namedIds } from '../names/index.ts';
import { classCodeOf } from './class-names.ts';

/**
 * `Ethernet controller [0200]: Intel Corporation Ethernet Controller X710 [8086:1572] (rev 02) (prog-if 00)`, with as
 * much of it as the options of lspci show.
 */
export interface FunctionTitle {
  /** Base class and sub class, 16 bits: from the number, else from the words. */
  readonly classCode: number | undefined;
  readonly vendor: number | undefined;
  readonly device: number | undefined;
  /** lspci leaves out revision 0. */
  readonly revision: number | undefined;
  /** Only `-v` prints it, and only when it is not 0 or has a name. */
  readonly progIf: number | undefined;
  /** Vendor and device in words; undefined where numbers stand in their place. */
  readonly name: string | undefined;
  /** The end of the title may be cut off: what it does not tell is not known. */
  readonly cut?: true;
  /** Devices that the name stands for, where no number stands beside it; see `NamedIds`. */
  readonly named?: readonly number[] | undefined;
}

/** Reads a title. The text in any other form gives a title of which nothing is known. */
export function parseFunctionTitle(line: string): FunctionTitle {
  const text = line.replace(NEXT_LINE, '');
  const progIf = text.includes('(prog-if') ? / \(prog-if ([0-9a-f]{2})\b/i.exec(text) : null;
  const revision = text.includes('(rev') ? / \(rev ([0-9a-f]{2})\)/i.exec(text) : null;
  const head = text.slice(0, revision?.index ?? progIf?.index);
  const colon = head.indexOf(':');
  return {
    classCode: parseClass(colon < 0 ? head : head.slice(0, colon).trim()),
    ...parseDeviceName(colon < 0 ? '' : head.slice(colon + 1).trim()),
    revision: hexOf(revision?.[1]),
    progIf: hexOf(progIf?.[1]),
  };
}

/** Where the line below has been joined to the title. */
const NEXT_LINE = /\t.*|\s*(?:Subsystem|Control|Flags|DeviceName|Physical Slot|Kernel driver in use): .*/;

/** `PCI bridge [0604]`, `PCI bridge`, `Class 0604`, `Class [0604]`, `0604`. */
function parseClass(text: string): number | undefined {
  const numeric = /^(?:[0-9a-f]{4}|Class ([0-9a-f]{4})|[^[\]]*\[([0-9a-f]{4})\])$/i.exec(text);
  if (numeric !== null) return hexOf(numeric[1] ?? numeric[2] ?? text);
  return classCodeOf(text);
}

/** What stands behind the class: names, numbers, or both. */
export function parseDeviceName(text: string): Pick<FunctionTitle, 'vendor' | 'device' | 'name' | 'named'> {
  const numbers = /(?:^|\[)([0-9a-f]{4}):([0-9a-f]{4})\]?$/i.exec(text);
  if (numbers !== null) {
    const name = nameOf(text.slice(0, numbers.index).trimEnd());
    return { vendor: hexOf(numbers[1]), device: hexOf(numbers[2]), name };
  }
  // Without names for it, lspci prints `Device 1234:5678`, or `VENDOR Device 5678`.
  const both = /^(?:Unknown )?device ([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text);
  if (both !== null) return { vendor: hexOf(both[1]), device: hexOf(both[2]), name: undefined };
  const device = hexOf(/\s(?:Unknown )?device ([0-9a-f]{4})$/i.exec(text)?.[1]);
  const ids = namedIds(text);
  return { vendor: ids?.vendor, device, name: nameOf(text), named: device === undefined ? ids?.devices : undefined };
}

function nameOf(words: string): string | undefined {
  // The last word was cut off, see `withWholeWords`.
  if (words.endsWith('~')) return nameOf(words.slice(0, -1).trimEnd());
  return words === '' || /^(?:Unknown )?device$/i.test(words) ? undefined : words;
}

function hexOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
