/** `/proc`: the processor and the memory map. */
import { type Fact, known, unreadable } from '../fact.ts';
import type { CapturedCpu, IomemEntry } from '../machine-capture.ts';
import { hidesAddresses, parseCpu, parseIomemLine } from '../system/index.ts';
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
  const cpu = parseCpu(text.value.split('\n'), true);
  return cpu === undefined ? unreadable('/proc/cpuinfo is empty') : known(cpu);
}

const IOMEM = 'proc/iomem';

/** The lines of `/proc/iomem`. Without privilege the kernel prints every address as 0. */
export function readIomem(tree: FileTree, coverage: Coverage, report: Report): Fact<readonly IomemEntry[]> {
  const text = readProcText(tree, IOMEM, coverage);
  if (text.state !== 'known') return text;
  const entries: IomemEntry[] = [];
  for (const line of text.value.split('\n')) {
    const entry = parseIomemLine(line);
    if (entry === undefined) report('damaged', 'iomem-odd-line', `/${IOMEM}`, `a line says ${quote(line)}; ignored`);
    else entries.push(entry);
  }
  if (entries.length === 0) return unreadable(`/${IOMEM} is empty`);
  return hidesAddresses(entries) ? unreadable(`the addresses in /${IOMEM} read 0: not read as root`) : known(entries);
}
