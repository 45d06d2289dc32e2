/** Lines of `/proc/iomem`. */
import { rawText } from '../../base/index.ts';
import type { IomemEntry } from '../machine-capture.ts';

const IOMEM_LINE = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/;

/** One line; undefined where it has another form. */
export function parseIomemLine(line: string): IomemEntry | undefined {
  const [, indent, start, last, name] = IOMEM_LINE.exec(line) ?? [];
  if (indent === undefined || start === undefined || last === undefined || name === undefined) return undefined;
  const range = { start: BigInt(`0x${start}`), end: BigInt(`0x${last}`) + 1n };
  return { range, name: rawText(name), depth: indent.length / 2 };
}

/** Without privilege the kernel prints every address as 0. */
export function hidesAddresses(entries: readonly IomemEntry[]): boolean {
  return entries.every(({ range }) => range.start === 0n && range.end === 1n);
}
