/** Looking at lines without making strings of them: a log has a hundred thousand, of which few tell of PCI. */
import { addressAt, findNeedle, hasNeedle, needle, starts, startsWithAny } from '../byte-words.ts';
import { MACHINE_WORDS } from './machine-lines.ts';

const DOT = 0x2e;
const COLON = 0x3a;
const CLOSING = 0x5d;
const SPACE = 0x20;
const MESSAGE = needle('"MESSAGE"');
const KERNEL = needle(' kernel: ');
const HOST_BRIDGE = needle('PCI host bridge to bus');
const BOOT_MARKS = starts(['-- Boot', '-- Reboot']);

/** Is `[start, end)` a line of a kernel log? `inside`: the line before was. */
export function isLogLine(bytes: Uint8Array, start: number, end: number, inside: boolean): boolean {
  const first = bytes[start] as number;
  if (first === 0x5b) return isStamped(bytes, start, end);
  if (first === 0x3c) return isLevel(bytes, start, end);
  if (first === 0x7b || first === 0x22) return hasNeedle(bytes, start, end, MESSAGE);
  if (first === 0x2d) return startsWithAny(bytes, start, BOOT_MARKS);
  if (first === 0x5f) return inside && startsWith(bytes, start, '_HOSTNAME=');
  if (isDated(bytes, start) && isOfKernel(bytes, start, end)) return true;
  if (startsWith(bytes, start, 'MESSAGE=')) return true;
  if (isOwnFile(bytes, start)) return inside || beginsLog(bytes, start, end);
  return isBareMessage(bytes, start, end);
}

const OWN_FILES = starts(['Linux version', 'Command line:', 'Kernel command line:']);

/** `[    1.234567] …`: inside a log a line of it, whatever follows. */
export function isStampedLine(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === 0x5b && isStamped(bytes, start, end);
}

/** Without marks, these may be `/proc/version` and `/proc/cmdline`. */
function isOwnFile(bytes: Uint8Array, start: number): boolean {
  return startsWithAny(bytes, start, OWN_FILES);
}

/** `Linux version` with `Command line:` below it is how `dmesg -t` begins. */
function beginsLog(bytes: Uint8Array, start: number, end: number): boolean {
  return startsWith(bytes, start, 'Linux version') && startsWith(bytes, end + 1, 'Command line:');
}

/** Time, zone and host of a journal line have at most so many characters. */
const JOURNAL_WIDTH = 128;

/** `2026-11-30`, `1796028277.`, `Nov 30`, `Mon 2026-`. */
function isDated(bytes: Uint8Array, start: number): boolean {
  if (isDigit(bytes[start] as number)) return isDigit(bytes[start + 3] as number) && !isHexPair(bytes, start);
  return bytes[start + 3] === SPACE && isDateWord(bytes, start);
}

/** Three letters as one number. */
const threeLetters = (first: number, second: number, third: number): number => (first << 16) | (second << 8) | third;
const DATE_WORDS: ReadonlySet<number> = new Set(
  'Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'
    .split(' ')
    .map((word) => threeLetters(word.charCodeAt(0), word.charCodeAt(1), word.charCodeAt(2))),
);

/** Does the name of a day or of a month stand at `at`? */
function isDateWord(bytes: Uint8Array, at: number): boolean {
  return DATE_WORDS.has(threeLetters(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0));
}

/** `00: ` and `01:00.0`: rows of bytes and addresses are most of a dump. */
function isHexPair(bytes: Uint8Array, start: number): boolean {
  return bytes[start + 2] === COLON;
}

/** A line of the journal, or one of dmesg with the date in ISO form. */
function isOfKernel(bytes: Uint8Array, start: number, end: number): boolean {
  if (hasNeedle(bytes, start, Math.min(end, start + JOURNAL_WIDTH), KERNEL)) return true;
  return bytes[start + 4] === 0x2d && isBareMessage(bytes, skipTo(bytes, start + 11, end, SPACE) + 1, end);
}

/** `[    1.234567]`, `[Mon Nov 30 …]`, `[Nov30 08:44]`, `[  +0.000012]`. */
function isStamped(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + 1;
  while (at < end && bytes[at] === SPACE) at++;
  const byte = bytes[at] as number;
  if (byte === 0x2b || isDigit(byte)) {
    while (at < end && (isDigit(bytes[at] as number) || bytes[at] === DOT || bytes[at] === 0x2b)) at++;
    return bytes[at] === CLOSING || bytes[at] === SPACE || bytes[at] === 0x2d;
  }
  return isCapital(byte) && isDateWord(bytes, start + 1);
}

/** `<6>[`, `<30>`. */
function isLevel(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + 1;
  while (at < end && isDigit(bytes[at] as number)) at++;
  return at > start + 1 && at <= start + 4 && bytes[at] === 0x3e;
}

/** What the kernel itself says of PCI: `pci 0000:00:02.0: …`, and of the machine. Behind the marks of `dmesg -x` too. */
function isBareMessage(bytes: Uint8Array, start: number, end: number): boolean {
  const from = afterFacility(bytes, start, end);
  if (from > start && bytes[from] === 0x5b) return isStamped(bytes, from, end);
  const at = addressAt(bytes, from, Math.min(end, from + MAX_DRIVER));
  // Behind a driver's name, and with a message of its own.
  if (at > from && bytes[at - 1] === SPACE && isLetter(bytes[from] as number)) {
    let after = at;
    while (after < end && !(bytes[after] === DOT && isDigit(bytes[after + 1] as number))) after++;
    if (bytes[after + 2] === COLON && bytes[after + 3] === SPACE) return true;
  }
  return isMachineMessage(bytes, from, end) && !startsWith(bytes, from, 'ACPI:');
}

const MAX_DRIVER = 48;

/** Does the line hold something that the reader makes use of? An address of PCI, or words of {@link MACHINE_WORDS}. */
export function isWorthReading(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === 0x2d) return true;
  return addressAt(bytes, start, end) >= 0 || isMachineMessage(bytes, messageStart(bytes, start, end), end);
}

/** Where the message begins, as far as it takes to see what it begins with: behind the last mark of time and level. */
function messageStart(bytes: Uint8Array, start: number, end: number): number {
  const stop = Math.min(end, start + JOURNAL_WIDTH);
  // Most lines are plain dmesg: only others are searched for the words of the journal.
  const kernel = isPlainStamp(bytes, start) ? -1 : findNeedle(bytes, start, stop, KERNEL);
  let at = kernel < 0 ? afterFacility(bytes, start, end) : kernel + ' kernel: '.length;
  if (startsWith(bytes, at, 'MESSAGE=')) at += 'MESSAGE='.length;
  if (bytes[at] === 0x7b || bytes[at] === 0x22) {
    const message = findNeedle(bytes, at, end, MESSAGE);
    if (message >= 0) at = skipTo(bytes, message + '"MESSAGE"'.length, end, 0x22) + 1;
  }
  if (bytes[at] === 0x3c) at = skipTo(bytes, at, stop, 0x3e) + 1;
  // Time, and with some kernels the caller.
  for (let marks = 0; marks < 2 && bytes[at] === 0x5b; marks++) at = skipTo(bytes, at, end, CLOSING) + 1;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** `[    1.234567] ` with the message behind, no name of a host. */
function isPlainStamp(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== 0x5b) return false;
  let at = start + 1;
  while (bytes[at] !== undefined && bytes[at] !== CLOSING && at < start + 24) at++;
  let word = at + 2;
  while (word < at + 24 && bytes[word] !== SPACE && bytes[word] !== COLON) word++;
  // Behind the host stands the word kernel.
  return !startsWith(bytes, word, ' kernel: ');
}

function isMachineMessage(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  if (startsWithAny(bytes, at, MACHINE_STARTS)) return true;
  // Behind the name of a platform's host controller.
  return isLetter(bytes[at] as number) && hasNeedle(bytes, at, Math.min(end, at + 64), HOST_BRIDGE);
}

const MACHINE_STARTS = starts(MACHINE_WORDS);

/** `kern  :info  : `. */
function afterFacility(bytes: Uint8Array, start: number, end: number): number {
  const first = wordEnd(bytes, start, Math.min(end, start + 10));
  if (bytes[first] !== COLON || first === start) return start;
  const second = wordEnd(bytes, first + 1, Math.min(end, start + 18));
  return bytes[second] === COLON && bytes[second + 1] === SPACE && second > first + 1 ? second + 2 : start;
}

/** Behind small letters, digits and the blanks that fill them up. */
function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (isSmallLetter(bytes[at] as number) || isDigit(bytes[at] as number))) at++;
  while (at < end && at > start && bytes[at] === SPACE) at++;
  return at;
}

function isSmallLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function skipTo(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

function startsWith(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isLetter(byte: number): boolean {
  return isCapital(byte) || (byte >= 0x61 && byte <= 0x7a);
}
