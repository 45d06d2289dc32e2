/** Regions, expansion ROMs and bridge windows as lspci prints them. */
import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PCI_EA_BEI,
  IORESOURCE_PCI_FIXED,
  IORESOURCE_PREFETCH,
  IORESOURCE_SIZEALIGN,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
} from '../../uapi/index.ts';
import { find, includes, readDigits, readHex, skipDecimals, skipHexDigits, startsWith, textOf } from './byte-text.ts';

/** One `Region n:` line (or the same without a number, as `lspci -v` prints it), or an expansion ROM. */
export interface PrintedRegion {
  /** BAR number; undefined where lspci does not print it. */
  readonly index: number | undefined;
  /** An expansion ROM, not a BAR. */
  readonly isRom: boolean;
  /** What the low bits of the BAR say, in words: PCI_BASE_ADDRESS_* bits. */
  readonly typeBits: number;
  /** Undefined for `<unassigned>`, `<ignored>` and other words in place of an address. */
  readonly address: bigint | undefined;
  /** Bytes; undefined where not printed (`lspci -b`, `lspci -F`). */
  readonly size: bigint | undefined;
  /** The kernel knows an address, the register holds 0 (virtual functions, legacy IDE). */
  readonly virtual: boolean;
  /** From Enhanced Allocation, not from a BAR. */
  readonly enhanced: boolean;
  /** Decoding is off in the command register. */
  readonly disabled: boolean;
  /** The line ends in the middle of a word: what it tells is not all there. */
  readonly cut: boolean;
}

/** One window of a bridge. */
export interface PrintedWindow {
  readonly kind: 'io' | 'memory' | 'prefetchable';
  /** First and last address; undefined for a closed window printed without numbers. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  /** Width of the register's addresses, where printed (lspci 3.8 and later): 16, 32 or 64. */
  readonly bits: number | undefined;
  readonly disabled: boolean;
  /** Digits of the first address: earlier lspci prints 16 for a 64-bit window. */
  readonly digits: number;
}

/** Below 1 MiB; not made since PCI 2.2. */
const PCI_BASE_ADDRESS_MEM_TYPE_1M = 0x2;

const REGION = 'Region ';
const MEMORY = 'Memory at ';
const IO_PORTS = 'I/O ports at ';
const ROM = 'Expansion ROM at ';
const COLON = 0x3a;
const BRACKET = 0x5b;

/**
 * Reads a region or ROM line, `[start, end)` of `bytes`; undefined when the line is neither.
 *
 * `Region 2: Memory at 18000000000 (64-bit, prefetchable) [virtual] [size=256M]`; lspci up to 3.5 has `[virtual]` and
 * `[enhanced]` before the kind.
 */
export function parseRegion(bytes: Uint8Array, start: number, end: number): PrintedRegion | undefined {
  let at = start;
  let index: number | undefined;
  if (startsWith(bytes, at, REGION)) {
    const colon = skipDecimals(bytes, at + REGION.length);
    if (bytes[colon] !== COLON) return undefined;
    index = readDigits(bytes, at + REGION.length, colon, 10);
    at = colon + 2;
  }
  if (bytes[at] === BRACKET) at = find(bytes, at, end, '] ') + 2;
  const isIo = startsWith(bytes, at, IO_PORTS);
  const isRom = startsWith(bytes, at, ROM);
  if (!isIo && !isRom && !startsWith(bytes, at, MEMORY)) return undefined;
  const digits = at + (isIo ? IO_PORTS.length : isRom ? ROM.length : MEMORY.length);
  const rest = skipHexDigits(bytes, digits);
  return {
    index,
    isRom,
    typeBits: isIo ? PCI_BASE_ADDRESS_SPACE_IO : memoryTypeBits(bytes, rest, end),
    address: rest > digits && rest - digits <= 16 ? readHex(bytes, digits, rest) : undefined,
    cut: isCut(bytes, rest, end, isIo || isRom),
    size: readSize(bytes, rest, end),
    virtual: includes(bytes, start, end, '[virtual]'),
    enhanced: includes(bytes, start, end, '[enhanced]'),
    disabled: includes(bytes, rest, end, '[disabled'),
  };
}

/** What stands behind the address: the kind of memory, and words in brackets. */
const REST = /^(?: \((?:32-bit|64-bit|low-1M|type 3), (?:non-)?prefetchable\))?(?: \[[^[\]]*\])*$/;

/** Is there more or less behind the address than lspci prints? */
function isCut(bytes: Uint8Array, start: number, end: number, withoutKind: boolean): boolean {
  const rest = textOf(bytes, start, end).replace(/^<[a-z ]+>/, '');
  return !REST.test(rest) || (!withoutKind && !rest.startsWith(' ('));
}

/** `(64-bit, prefetchable)`. */
function memoryTypeBits(bytes: Uint8Array, start: number, end: number): number {
  const open = find(bytes, start, end, '(');
  if (open < 0) return 0;
  const prefetchable = includes(bytes, open, end, ' prefetchable') ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0;
  if (startsWith(bytes, open + 1, '64-bit')) return PCI_BASE_ADDRESS_MEM_TYPE_64 | prefetchable;
  if (startsWith(bytes, open + 1, 'low-1M')) return PCI_BASE_ADDRESS_MEM_TYPE_1M | prefetchable;
  return startsWith(bytes, open + 1, 'type 3') ? PCI_BASE_ADDRESS_MEM_TYPE_MASK | prefetchable : prefetchable;
}

/** Do the low bits of a BAR say that it is a 64-bit memory BAR? */
export function isWide(typeBits: number): boolean {
  return (typeBits & (PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_MASK)) === PCI_BASE_ADDRESS_MEM_TYPE_64;
}

const UNITS: readonly number[] = [...'KMGTP'].map((unit) => unit.charCodeAt(0));

/** `[size=16M]`: units are powers of 1024. */
function readSize(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const at = find(bytes, start, end, '[size=');
  if (at < 0) return undefined;
  const digits = at + 6;
  const unit = skipDecimals(bytes, digits);
  const power = UNITS.indexOf(bytes[unit] ?? 0) + 1;
  if (unit === digits || unit - digits > 10 || bytes[power > 0 ? unit + 1 : unit] !== 0x5d) return undefined;
  // Exact for every size below 2^53, and for the powers of two beyond.
  return BigInt(readDigits(bytes, digits, unit, 10) * 1024 ** power);
}

const BEHIND = 'behind bridge:';

/** Reads a `... behind bridge:` line, `[start, end)` of `bytes`; undefined when the line is none. */
export function parseWindow(bytes: Uint8Array, start: number, end: number): PrintedWindow | undefined {
  const kind = windowKind(bytes, start);
  const behind = kind === undefined ? -1 : find(bytes, start, end, BEHIND);
  if (kind === undefined || behind < 0) return undefined;
  const from = behind + BEHIND.length + 1;
  const dash = skipHexDigits(bytes, from);
  const rest = skipHexDigits(bytes, dash + 1);
  // Both have the same number of digits.
  const numbers = dash > from && dash - from <= 16 && bytes[dash] === 0x2d && rest - dash - 1 === dash - from;
  const closed = includes(bytes, from - 1, end, '[disabled]') || includes(bytes, from - 1, end, '[empty]');
  return {
    kind,
    first: numbers ? readHex(bytes, from, dash) : undefined,
    last: numbers ? readHex(bytes, dash + 1, rest) : undefined,
    bits: windowBits(bytes, from, end),
    disabled: closed || startsWith(bytes, from, 'None'),
    digits: numbers ? dash - from : 0,
  };
}

function windowKind(bytes: Uint8Array, start: number): PrintedWindow['kind'] | undefined {
  if (startsWith(bytes, start, 'I/O behind')) return 'io';
  if (startsWith(bytes, start, 'Memory behind')) return 'memory';
  return startsWith(bytes, start, 'Prefetchable memory behind') ? 'prefetchable' : undefined;
}

/** `[32-bit]` */
function windowBits(bytes: Uint8Array, start: number, end: number): number | undefined {
  const at = find(bytes, start, end, '-bit]') - 2;
  const bits = at < start ? 0 : readDigits(bytes, at, at + 2, 10);
  return bits === 16 || bits === 32 || bits === 64 ? bits : undefined;
}

/** IORESOURCE_* flags of a BAR whose low bits are `typeBits`, as the kernel sets them. */
export function resourceFlags(typeBits: number, enhanced: boolean): number {
  const fixed = enhanced ? IORESOURCE_PCI_FIXED | IORESOURCE_PCI_EA_BEI : 0;
  if (typeBits & PCI_BASE_ADDRESS_SPACE_IO) return typeBits | IORESOURCE_IO | IORESOURCE_SIZEALIGN | fixed;
  let flags = typeBits | IORESOURCE_MEM | fixed | (enhanced ? 0 : IORESOURCE_SIZEALIGN);
  if (isWide(typeBits)) flags |= IORESOURCE_MEM_64;
  if (typeBits & PCI_BASE_ADDRESS_MEM_PREFETCH) flags |= IORESOURCE_PREFETCH;
  return flags;
}
