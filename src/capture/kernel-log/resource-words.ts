/** Resources in the words of the kernel: `[mem 0x90000000-0x9fffffff 64bit pref]`. lib/vsprintf.c, `%pR`. */
import type { AddrRange } from '../../base/index.ts';
import {
  IORESOURCE_DISABLED,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_SIZEALIGN,
  IORESOURCE_UNSET,
  IORESOURCE_WINDOW,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_PREF_RANGE_TYPE_64,
} from '../../uapi/index.ts';

/** A resource as a message prints it. */
export interface PrintedResource {
  readonly range: AddrRange;
  /** IORESOURCE_* flags that the words tell: kind, 64 bits, prefetchable, window, disabled, unset. */
  readonly flags: number;
}

/** Finds in a message what {@link parseResource} reads: `[mem …]` or `[io …]`. */
export const RESOURCE_WORDS: string = String.raw`\[(?:mem|io) [^\]]*\]`;

const RANGE = /^\[(mem|io) +(?:0x)?([0-9a-f]+)-(?:0x)?([0-9a-f]+)((?: [\w!]+)*)\]$/i;
const SIZE = /^\[(mem|io) +size 0x([0-9a-f]+)((?: [\w!]+)*)\]$/i;

/** Reads `[mem 0x…-0x… 64bit pref]`; a resource without an address (`[mem size 0x1000]`) lies at 0 and is unset. */
export function parseResource(words: string): PrintedResource | undefined {
  const range = RANGE.exec(words);
  if (range !== null) {
    const [, kind = '', first = '', last = '', marks = ''] = range;
    const [start, end] = [BigInt(`0x${first}`), BigInt(`0x${last}`) + 1n];
    return end < start ? undefined : { range: { start, end }, flags: flagsOf(kind, marks) };
  }
  const size = SIZE.exec(words);
  if (size === null) return undefined;
  const [, kind = '', bytes = '', marks = ''] = size;
  return { range: { start: 0n, end: BigInt(`0x${bytes}`) }, flags: flagsOf(kind, marks) | IORESOURCE_UNSET };
}

function flagsOf(kind: string, marks: string): number {
  let flags = kind.toLowerCase() === 'io' ? IORESOURCE_IO : IORESOURCE_MEM;
  for (const mark of marks.trim().split(' ')) {
    if (mark === '64bit') flags |= IORESOURCE_MEM_64;
    else if (mark === 'pref') flags |= IORESOURCE_PREFETCH;
    else if (mark === 'window') flags |= IORESOURCE_WINDOW;
    else if (mark === 'disabled') flags |= IORESOURCE_DISABLED;
  }
  return flags;
}

/** Flags of a BAR, with the low bits of its register, as sysfs prints them. */
export function barFlags(flags: number): number {
  const low =
    flags & IORESOURCE_IO
      ? PCI_BASE_ADDRESS_SPACE_IO
      : (flags & IORESOURCE_MEM_64 ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) |
        (flags & IORESOURCE_PREFETCH ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
  return (flags & ~IORESOURCE_WINDOW) | IORESOURCE_SIZEALIGN | low;
}

/** Flags of a window of a bridge, the same way. */
export function windowFlags(flags: number): number {
  const wide = IORESOURCE_MEM_64 | IORESOURCE_PREFETCH;
  return (flags & ~IORESOURCE_WINDOW) | ((flags & wide) === wide ? PCI_PREF_RANGE_TYPE_64 : 0);
}
