/** Rebuilds BARs and bridge windows, as far as the printed addresses are those of the registers. */
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_SPACE_IO,
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
} from '../../uapi/index.ts';
import type { MaskedBytes } from './masked-bytes.ts';
import { isWide, type PrintedRegion, type PrintedWindow } from './printed-region.ts';

/**
 * What the printed addresses of regions are: the registers themselves (`lspci -b`, `lspci -F`), the kernel's CPU
 * addresses on a machine where registers hold the same, or the kernel's CPU addresses and no more is known.
 */
export type AddressKind = 'register' | 'cpu-as-register' | 'cpu';

/** States the BAR of one region. */
export function stateBar(region: PrintedRegion, addresses: AddressKind, out: MaskedBytes): void {
  const { index, typeBits, address, virtual, enhanced } = region;
  // Without an address, and where the address is not the register's, the words may be the kernel's alone.
  if (index === undefined || index > 5 || address === undefined || virtual || enhanced) return;
  const at = PCI_BASE_ADDRESS_0 + 4 * index;
  const typeMask = typeBits & PCI_BASE_ADDRESS_SPACE_IO ? 0x3 : 0xf;
  out.set(at, 4, typeBits, typeMask);
  if (addresses === 'cpu') return;
  out.set(at, 4, low32(address), ~typeMask >>> 0);
  if (isWide(typeBits) && index < 5) out.set(at + 4, 4, high32(address));
}

/** States one window of a bridge. */
export function stateWindow(window: PrintedWindow, addresses: AddressKind, out: MaskedBytes): void {
  const { first, last } = window;
  if (first === undefined || last === undefined) return;
  const fromKernel = isKernelWindow(window, addresses);
  if (fromKernel && addresses === 'cpu') return;
  if (window.kind === 'io') stateIoWindow(first, last, fromKernel ? undefined : window.bits, out);
  else if (window.kind === 'memory') {
    out.set(PCI_MEMORY_BASE, 2, Number((first >> 16n) & 0xfff0n));
    out.set(PCI_MEMORY_LIMIT, 2, Number((last >> 16n) & 0xfff0n));
  } else {
    const narrow = window.bits === undefined ? window.digits <= 8 : window.bits === 32;
    statePrefetchableWindow(first, last, fromKernel ? undefined : narrow ? 32 : 64, out);
  }
}

/**
 * Is an open window printed as the kernel has it, not as its registers have it? So does lspci from 3.8 on, known by the
 * width it prints behind. That width is then not the register's: it is the narrow one even for 64-bit windows.
 */
export function isKernelWindow(window: PrintedWindow, addresses: AddressKind): boolean {
  return window.bits !== undefined && !window.disabled && addresses !== 'register';
}

function stateIoWindow(first: bigint, last: bigint, bits: number | undefined, out: MaskedBytes): void {
  const wide = bits === undefined ? (last > 0xffffn ? true : undefined) : bits === 32;
  const typeMask = wide === undefined ? 0 : 0xf;
  const type = wide === true ? 1 : 0;
  out.set(PCI_IO_BASE, 1, Number((first >> 8n) & 0xf0n) | type, 0xf0 | typeMask);
  out.set(PCI_IO_LIMIT, 1, Number((last >> 8n) & 0xf0n) | type, 0xf0 | typeMask);
  if (wide !== true) return;
  out.set(PCI_IO_BASE_UPPER16, 2, Number((first >> 16n) & 0xffffn));
  out.set(PCI_IO_LIMIT_UPPER16, 2, Number((last >> 16n) & 0xffffn));
}

function statePrefetchableWindow(first: bigint, last: bigint, bits: number | undefined, out: MaskedBytes): void {
  const wide = bits === undefined ? (last > 0xffff_ffffn ? true : undefined) : bits === 64;
  const typeMask = wide === undefined ? 0 : 0xf;
  const type = wide === true ? PCI_PREF_RANGE_TYPE_64 : 0;
  out.set(PCI_PREF_MEMORY_BASE, 2, Number((first >> 16n) & 0xfff0n) | type, 0xfff0 | typeMask);
  out.set(PCI_PREF_MEMORY_LIMIT, 2, Number((last >> 16n) & 0xfff0n) | type, 0xfff0 | typeMask);
  if (wide !== true) return;
  out.set(PCI_PREF_BASE_UPPER32, 4, high32(first));
  out.set(PCI_PREF_LIMIT_UPPER32, 4, high32(last));
}

function low32(address: bigint): number {
  return Number(address & 0xffff_ffffn);
}

function high32(address: bigint): number {
  return Number((address >> 32n) & 0xffff_ffffn);
}
