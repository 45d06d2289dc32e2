/** The attribute files and links of one sysfs directory, read as facts. */
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { type Coverage, notThere, quote } from './coverage.ts';
import { baseName, type Directory } from './file-tree.ts';

/** A directory of the tree, and what a missing file in it means. */
export interface AttributeDir {
  readonly files: Directory;
  readonly coverage: Coverage;
  /** A missing file means that the function has none. */
  readonly whole: boolean;
}

/** A file of sysfs has at most one page, the largest of which has 64 KiB. */
const MAX_ATTRIBUTE_LENGTH = 0x10000;

/** The text of a file without the newline at its end. An empty file is one whose reading failed. */
export function readText(dir: AttributeDir, name: string): Fact<string> {
  const file = dir.files.readText(name);
  if (file.state === 'absent') return dir.whole ? ABSENT : notThere(name, dir.coverage);
  if (file.state === 'unreadable') return unreadable(`${name}: ${file.why}`);
  if (file.value.length > MAX_ATTRIBUTE_LENGTH) return unreadable(`${name} is larger than a file of sysfs can be`);
  const text = withoutNewlines(file.value);
  return text === '' ? unreadable(`${name} is empty in ${dir.coverage.noun}`) : known(text);
}

/** The text without the newlines at its end. */
export function withoutNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x0a) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** A number in hexadecimal with 0x, at most `digits` long. */
export function readHex(dir: AttributeDir, name: string, digits: number): Fact<number> {
  return readNumber(dir, name, (text) =>
    /^0x[0-9a-f]+$/i.test(text) && text.length <= digits + 2 ? Number(text) : undefined,
  );
}

/** A number in decimal, -2^31 ... 2^31-1. */
export function readDecimal(dir: AttributeDir, name: string): Fact<number> {
  return readNumber(dir, name, (text) => (/^-?[0-9]{1,10}$/.test(text) ? Number(text) : undefined));
}

/** The number that `parse` finds in a file. */
export function readNumber<N>(dir: AttributeDir, name: string, parse: (text: string) => N | undefined): Fact<N> {
  const text = readText(dir, name);
  if (text.state !== 'known') return text;
  const number = parse(text.value);
  return number === undefined ? unreadable(`${name} says ${quote(text.value)}`) : known(number);
}

/** For files that every function has: a missing one is unknown. */
export function required<T>(fact: Fact<T>, name: string, coverage: Coverage): Fact<T> {
  return fact.state === 'absent' ? notThere(name, coverage) : fact;
}

/** The last part of what a link points at: the name of a driver, a group, a function. */
export function readLinkName(dir: AttributeDir, name: string): Fact<string> {
  const target = dir.files.readLink(name);
  if (target.state === 'known') return known(baseName(target.value));
  if (target.state === 'unreadable') return unreadable(`${name}: ${target.why}`);
  return dir.whole && dir.coverage.links ? ABSENT : notThere(`${name} link`, dir.coverage);
}
