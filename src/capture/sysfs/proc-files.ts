/** `/proc`: the processor and the memory map. */
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import type { CapturedCpu, IomemEntry } from '../machine-capture.ts';
import { withoutNewlines } from './attributes.ts';
import { type Coverage, notThere, quote, type Report } from './coverage.ts';
import { type FileTree, readTextAt } from './file-tree.ts';

/** The text of a file of `/proc` or `/boot`, without the newlines at its end; unreadable where it is missing. */
export function readProcText(tree: FileTree, path: string, coverage: Coverage): Fact<string> {
  const file = readTextAt(tree, path);
  if (file.state === 'absent') return notThere(`/${path}`, coverage);
  if (file.state === 'unreadable') return unreadable(`/${path}: ${file.why}`);
  return known(withoutNewlines(file.value));
}

/** The first processor: the lines up to the first empty one. */
export function readCpu(tree: FileTree, coverage: Coverage): Fact<CapturedCpu> {
  const text = readProcText(tree, 'proc/cpuinfo', coverage);
  if (text.state !== 'known') return text;
  const fields = new Map<string, string>();
  for (const line of text.value.split('\n')) {
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  if (fields.size === 0) return unreadable('/proc/cpuinfo is empty');
  const field = (name: string): Fact<string> => {
    const value = fields.get(name);
    return value === undefined || value === '' ? ABSENT : known(value);
  };
  return known({ vendorId: field('vendor_id'), family: decimal(field('cpu family')), modelName: field('model name') });
}

function decimal(text: Fact<string>): Fact<number> {
  if (text.state !== 'known') return text;
  return /^[0-9]{1,9}$/.test(text.value)
    ? known(Number(text.value))
    : unreadable(`cpu family says ${quote(text.value)}`);
}

const IOMEM = 'proc/iomem';
const IOMEM_LINE = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/;

/** The lines of `/proc/iomem`. Without privilege the kernel prints every address as 0. */
export function readIomem(tree: FileTree, coverage: Coverage, report: Report): Fact<readonly IomemEntry[]> {
  const text = readProcText(tree, IOMEM, coverage);
  if (text.state !== 'known') return text;
  const entries: IomemEntry[] = [];
  for (const line of text.value.split('\n')) {
    const [, indent, start, last, name] = IOMEM_LINE.exec(line) ?? [];
    if (indent === undefined || start === undefined || last === undefined || name === undefined) {
      report('damaged', 'iomem-odd-line', `/${IOMEM}`, `a line says ${quote(line)}; ignored`);
      continue;
    }
    const range = { start: BigInt(`0x${start}`), end: BigInt(`0x${last}`) + 1n };
    entries.push({ range, name, depth: indent.length / 2 });
  }
  if (entries.length === 0) return unreadable(`/${IOMEM} is empty`);
  const hidden = entries.every(({ range }) => range.start === 0n && range.end === 1n);
  return hidden ? unreadable(`the addresses in /${IOMEM} read 0: not read as root`) : known(entries);
}
