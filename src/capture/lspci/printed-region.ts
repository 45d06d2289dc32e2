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

/** One `Region n:` line (or the same without a number, as `lspci -v` prints it), or an expansion ROM. */
export interface PrintedRegion {
  /** BAR number; undefined where lspci does not print it. */
  readonly index: number | undefined;
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

const REGION =
  /^(?:Region (\d+): )?(?:\[(virtual|enhanced)\] )?(Memory|I\/O ports|Expansion ROM) at (<[^>]*>|[0-9a-f]+)(?: \(([^)]*)\))?(.*)$/i;

/** Reads a region or ROM line; undefined when the line is neither. */
export function parseRegion(line: string): PrintedRegion | undefined {
  if (!line.includes(' at ')) return undefined;
  const match = REGION.exec(line);
  if (match === null) return undefined;
  const [, index, mark, kind = '', address = '', words = '', rest = ''] = match;
  return {
    index: index === undefined ? undefined : Number(index),
    typeBits: kind.startsWith('I/O') ? PCI_BASE_ADDRESS_SPACE_IO : memoryTypeBits(words),
    address: address.startsWith('<') || address.length > 16 ? undefined : BigInt(`0x${address}`),
    size: parseSize(rest),
    virtual: mark === 'virtual' || rest.includes('[virtual]'),
    enhanced: mark === 'enhanced' || rest.includes('[enhanced]'),
    disabled: rest.includes('[disabled'),
  };
}

/** `(64-bit, prefetchable)`. */
function memoryTypeBits(words: string): number {
  const type = ['32-bit', 'low-1M', '64-bit', 'type 3'].findIndex((name) => words.includes(name));
  const prefetchable = words.includes('prefetchable') && !words.includes('non-prefetchable');
  return (Math.max(type, 0) << 1) | (prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
}

/** Do the low bits of a BAR say that it is a 64-bit memory BAR? */
export function isWide(typeBits: number): boolean {
  return (typeBits & (PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_MASK)) === PCI_BASE_ADDRESS_MEM_TYPE_64;
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P'];

/** `[size=16M]`: units are powers of 1024. */
function parseSize(text: string): bigint | undefined {
  const [, count, unit = ''] = /\[size=(\d{1,10})([KMGTP]?)\]/.exec(text) ?? [];
  return count === undefined ? undefined : BigInt(count) << BigInt(10 * UNITS.indexOf(unit));
}

const WINDOW = /^(I\/O|Memory|Prefetchable memory) behind bridge:(?: ([0-9a-f]{1,16})-([0-9a-f]{1,16}))?(.*)$/;

/** Reads a `... behind bridge:` line; undefined when the line is none. */
export function parseWindow(line: string): PrintedWindow | undefined {
  if (!line.includes(' behind bridge:')) return undefined;
  const match = WINDOW.exec(line);
  if (match === null) return undefined;
  const [, words, first, last, rest = ''] = match;
  const bits = /\[(16|32|64)-bit\]/.exec(rest)?.[1];
  return {
    kind: words === 'I/O' ? 'io' : words === 'Memory' ? 'memory' : 'prefetchable',
    first: first === undefined ? undefined : BigInt(`0x${first}`),
    last: last === undefined ? undefined : BigInt(`0x${last}`),
    bits: bits === undefined ? undefined : Number(bits),
    disabled: rest.includes('[disabled]') || rest.includes('[empty]') || rest.includes('None'),
    digits: first?.length ?? 0,
  };
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
