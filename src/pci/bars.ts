/** Base address registers and bridge windows as config space holds them: PCI bus addresses. */

import type { AddrRange } from '../base/index.ts';
import { joinHalves } from '../base/index.ts';
import type { ConfigSpace } from '../capture/index.ts';
import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_SIZEALIGN,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_NORMAL,
  PCI_IO_BASE,
  PCI_IO_BASE_UPPER16,
  PCI_IO_LIMIT,
  PCI_IO_LIMIT_UPPER16,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
  PCI_PREF_RANGE_TYPE_64,
  PCI_PREF_RANGE_TYPE_MASK,
} from '../uapi/index.ts';

/** One BAR register (or pair): its address on the bus, and what the low bits say. The size is not in it. */
export interface BarRegister {
  /** Kernel resource index: register number from the first one. */
  readonly index: number;
  readonly busAddress: bigint;
  /** IORESOURCE_* flags with the low bits of the register kept. */
  readonly flags: number;
}

/** How many BARs a header type has. */
export function barCount(headerType: number): number {
  if (headerType === PCI_HEADER_TYPE_NORMAL) return 6;
  return headerType === PCI_HEADER_TYPE_BRIDGE ? 2 : 1;
}

/**
 * Reads `count` BARs from `base` on; a 64-bit BAR takes two registers. Registers that are not known or zero in all
 * address and type bits are left out.
 * @kernel __pci_read_base drivers/pci/probe.c
 */
export function readBars(config: ConfigSpace, base: number = PCI_BASE_ADDRESS_0, count: number = 6): BarRegister[] {
  const bars: BarRegister[] = [];
  for (let i = 0; i < count; i++) {
    const low = config.read32(base + 4 * i);
    if (low === undefined || low === 0) continue;
    const flags = decodeBarFlags(low);
    if ((flags & IORESOURCE_MEM_64) === 0) {
      const mask = flags & IORESOURCE_IO ? 0xffff_fffc : 0xffff_fff0;
      bars.push({ index: i, busAddress: BigInt((low & mask) >>> 0), flags });
      continue;
    }
    const high = config.read32(base + 4 * i + 4);
    if (high === undefined || i + 1 === count) continue;
    bars.push({ index: i, busAddress: joinHalves(high, (low & 0xffff_fff0) >>> 0), flags });
    i++;
  }
  return bars;
}

/**
 * IORESOURCE_* flags of a BAR register.
 * @kernel decode_bar drivers/pci/probe.c
 */
function decodeBarFlags(low: number): number {
  if (low & PCI_BASE_ADDRESS_SPACE_IO) return (low & 0x3) | IORESOURCE_IO | IORESOURCE_SIZEALIGN;
  let flags = (low & 0xf) | IORESOURCE_MEM | IORESOURCE_SIZEALIGN;
  if (low & PCI_BASE_ADDRESS_MEM_PREFETCH) flags |= IORESOURCE_PREFETCH;
  if ((low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64) flags |= IORESOURCE_MEM_64;
  return flags;
}

/** One open window of a bridge. */
export interface WindowRegister {
  /** Kernel resource index: 13 I/O, 14 memory, 15 prefetchable memory. */
  readonly index: number;
  readonly bus: AddrRange;
  readonly flags: number;
}

/** Kernel resource indexes of the bridge windows. include/linux/pci.h PCI_BRIDGE_*_WINDOW. */
const PCI_BRIDGE_IO_WINDOW = 13;
/** The index of the memory window; that of prefetchable memory follows. */
export const PCI_BRIDGE_MEM_WINDOW = 14;
export const PCI_BRIDGE_PREF_MEM_WINDOW = 15;

/**
 * The open windows of a type 1 bridge; closed ones (base above limit) and ones not known are left out.
 * @kernel pci_read_bridge_bases drivers/pci/probe.c
 */
export function readBridgeWindows(config: ConfigSpace): WindowRegister[] {
  return [ioWindow(config), memoryWindow(config), prefetchableWindow(config)].filter((window) => window !== undefined);
}

function ioWindow(config: ConfigSpace): WindowRegister | undefined {
  const base = config.read8(PCI_IO_BASE);
  const limit = config.read8(PCI_IO_LIMIT);
  // Both registers 0: the bridge has no I/O window at all.
  if (base === undefined || limit === undefined || (base === 0 && limit === 0)) return undefined;
  const wide = (base & 0xf) === 1;
  const high = (offset: number): number => (wide ? (config.read16(offset) ?? 0) * 0x10000 : 0);
  const start = high(PCI_IO_BASE_UPPER16) + (base & 0xf0) * 0x100;
  const last = high(PCI_IO_LIMIT_UPPER16) + (limit & 0xf0) * 0x100 + 0xfff;
  return openWindow(PCI_BRIDGE_IO_WINDOW, BigInt(start), BigInt(last), IORESOURCE_IO);
}

function memoryWindow(config: ConfigSpace): WindowRegister | undefined {
  const base = config.read16(PCI_MEMORY_BASE);
  const limit = config.read16(PCI_MEMORY_LIMIT);
  if (base === undefined || limit === undefined) return undefined;
  const start = BigInt(base & 0xfff0) << 16n;
  return openWindow(PCI_BRIDGE_MEM_WINDOW, start, (BigInt(limit & 0xfff0) << 16n) + 0xfffffn, IORESOURCE_MEM);
}

function prefetchableWindow(config: ConfigSpace): WindowRegister | undefined {
  const base = config.read16(PCI_PREF_MEMORY_BASE);
  const limit = config.read16(PCI_PREF_MEMORY_LIMIT);
  if (base === undefined || limit === undefined) return undefined;
  let start = BigInt(base & 0xfff0) << 16n;
  let last = (BigInt(limit & 0xfff0) << 16n) + 0xfffffn;
  let flags = (base & PCI_PREF_RANGE_TYPE_MASK) | IORESOURCE_MEM | IORESOURCE_PREFETCH;
  if ((base & PCI_PREF_RANGE_TYPE_MASK) === PCI_PREF_RANGE_TYPE_64) {
    flags |= IORESOURCE_MEM_64;
    const baseHigh = config.read32(PCI_PREF_BASE_UPPER32);
    const limitHigh = config.read32(PCI_PREF_LIMIT_UPPER32);
    if (baseHigh === undefined || limitHigh === undefined) return undefined;
    // Some BIOSes leave only the upper base set on a closed window; the kernel ignores the upper halves then.
    if (baseHigh <= limitHigh) {
      start |= BigInt(baseHigh) << 32n;
      last |= BigInt(limitHigh) << 32n;
    }
  }
  return openWindow(PCI_BRIDGE_PREF_MEM_WINDOW, start, last, flags);
}

function openWindow(index: number, start: bigint, last: bigint, flags: number): WindowRegister | undefined {
  return start > last ? undefined : { index, bus: { start, end: last + 1n }, flags };
}
