/** The kernel's resources of one function, as far as the printed regions tell them. */
import { joinHalves } from '../../base/index.ts';
import {
  type Bdf,
  bdfBus,
  bdfDomain,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_READONLY,
  IORESOURCE_SIZEALIGN,
  IORESOURCE_UNSET,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_PREF_RANGE_TYPE_64,
} from '../../uapi/index.ts';
import { type Fact, known, unreadable } from '../fact.ts';
import type { CapturedResource } from '../machine-capture.ts';
import type { ParsedFunction } from './parsed-function.ts';
import { isWide, type PrintedRegion, type PrintedWindow, resourceFlags } from './printed-region.ts';
import { type AddressKind, isKernelWindow } from './synthesize-addresses.ts';
import { slicesOf } from './virtual-functions.ts';

const NO_BYTES = new Uint8Array(0);
const ROM = 6;
const FIRST_VF_BAR = 7;
const IO_WINDOW = 13;
const WINDOW_INDEX = { io: IO_WINDOW, memory: 14, prefetchable: 15 } as const;

/** Resources by kernel index, in CPU addresses; see `CapturedFunction.resources`. */
export function printedResources(
  fn: ParsedFunction,
  addresses: AddressKind,
  byBdf: ReadonlyMap<Bdf, ParsedFunction>,
): Fact<readonly (CapturedResource | undefined)[]> {
  const { text } = fn;
  const config = fn.dump?.bytes ?? NO_BYTES;
  if (text.detail === 'none') return unreadable('regions are not printed: run lspci -vvv');
  if (fn.regionsLost) {
    return unreadable('lines of the text are missing, regions may be among them: paste all of sudo lspci -vvv');
  }
  if (text.values.has('Unknown header type'))
    return unreadable('the function does not answer, its header is not known');
  if (addresses === 'register' && text.regions.length > 0) {
    return unreadable('lspci printed no sizes: run it on the machine itself, without -b and -F');
  }
  if (hasFurtherBars(text.regions, config)) return unreadable('lines of regions are missing: run lspci -vvv');
  const resources: (CapturedResource | undefined)[] = [];
  for (const region of text.regions) {
    const index = region.index ?? indexByAddress(region, config);
    if (index === undefined) return unreadable('lspci -v prints regions without their numbers: run lspci -vvv');
    if (region.address && region.size === undefined) return unreadable(`the size of region ${index} is not printed`);
    if (index <= 5)
      resources[index] = resourceOf(region, resourceFlags(typeBits(region, index, config), region.enhanced));
  }
  if (text.rom !== undefined) resources[ROM] = resourceOf(text.rom, ROM_FLAGS);
  slicesOf(fn, byBdf).forEach((slice, bar) => {
    resources[FIRST_VF_BAR + bar] = slice;
  });
  for (const window of text.windows) {
    if (!isKernelWindow(window, addresses)) continue;
    resources[WINDOW_INDEX[window.kind]] = windowResource(
      window,
      addresses === 'cpu' ? highHalf(fn, window, byBdf) : 0n,
    );
  }
  return known(Array.from(resources));
}

/** Does the dump have a BAR of which no line is printed? */
function hasFurtherBars(regions: readonly PrintedRegion[], config: Uint8Array): boolean {
  if (config.length < PCI_STD_HEADER_SIZEOF || regions.some(({ index }) => index === undefined)) return false;
  const header = (config[PCI_HEADER_TYPE] ?? 0) & PCI_HEADER_TYPE_MASK;
  const count = header === PCI_HEADER_TYPE_NORMAL ? 6 : header === PCI_HEADER_TYPE_BRIDGE ? 2 : 0;
  for (let bar = 0; bar < count; bar++) {
    const at = PCI_BASE_ADDRESS_0 + 4 * bar;
    const isSet = config.subarray(at, at + 4).some((byte) => byte !== 0);
    if (isSet && !regions.some(({ index }) => index === bar)) return true;
    if (isSet && isWide(config[at] ?? 0)) bar++;
  }
  return false;
}

const PCI_STD_HEADER_SIZEOF = 64;
const ROM_FLAGS = IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | IORESOURCE_SIZEALIGN;

/** A region without an address keeps its size, from 0 on, marked as unset. */
function resourceOf(region: PrintedRegion, flags: number): CapturedResource | undefined {
  const { address, size } = region;
  if (size === undefined || size === 0n) return undefined;
  if (address === undefined) return { range: { start: 0n, end: size }, flags: flags | IORESOURCE_UNSET };
  return { range: { start: address, end: address + size }, flags };
}

/** The low bits of the BAR itself where there is a dump of it; a BAR that reads 0 is known by the printed words only. */
function typeBits(region: PrintedRegion, index: number, config: Uint8Array): number {
  const at = PCI_BASE_ADDRESS_0 + 4 * index;
  const low = config[at] ?? 0;
  if (low === 0 && !config[at + 1] && !config[at + 2] && !config[at + 3]) return region.typeBits;
  return low & (low & 1 ? 0x3 : 0xf);
}

/** `lspci -v` prints regions without their number; with a dump beside it the BAR with that address is the one. */
function indexByAddress({ address }: PrintedRegion, config: Uint8Array): number | undefined {
  if (address === undefined || address === 0n) return undefined;
  return [0, 1, 2, 3, 4, 5].find((bar) => barAddress(config, bar) === address);
}

/** Address in a BAR of a dump; 0 when the dump does not reach it. */
function barAddress(config: Uint8Array, bar: number): bigint {
  const at = PCI_BASE_ADDRESS_0 + 4 * bar;
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  if (at + 4 > config.length) return 0n;
  const low = view.getUint32(at, true);
  if (low & 1) return BigInt((low & ~3) >>> 0);
  const high = (low & 6) === 4 && bar < 5 && at + 8 <= config.length ? view.getUint32(at + 4, true) : 0;
  return joinHalves(high, (low & ~0xf) >>> 0);
}

/**
 * lspci keeps 32 bits of a memory window's CPU addresses. Where the regions behind the bridge lie above 4 GiB (host
 * bridges that translate), so does the window: their upper half is its upper half.
 */
function highHalf(
  { bdf, text }: ParsedFunction,
  { kind }: PrintedWindow,
  byBdf: ReadonlyMap<Bdf, ParsedFunction>,
): bigint {
  const [, first, last] =
    /\bsecondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})\b/i.exec(text.values.get('Bus') ?? '') ?? [];
  if (kind !== 'memory' || first === undefined || last === undefined) return 0n;
  const [firstBus, lastBus] = [Number.parseInt(first, 16), Number.parseInt(last, 16)];
  for (const fn of byBdf.values()) {
    if (bdfDomain(fn.bdf) !== bdfDomain(bdf) || bdfBus(fn.bdf) < firstBus || bdfBus(fn.bdf) > lastBus) continue;
    const narrow = fn.text.regions.find(({ typeBits, address }) => isPlainMemory(typeBits) && address !== undefined);
    if (narrow?.address !== undefined) return narrow.address & ~0xffff_ffffn;
  }
  return 0n;
}

/** Memory that is not prefetchable: it can lie in no other window. */
function isPlainMemory(typeBits: number): boolean {
  return (typeBits & (PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_PREFETCH)) === 0;
}

/** The kernel's flags of an open window. Whether a prefetchable one below 4 GiB is 64 bits wide is not printed. */
function windowResource({ kind, first, last }: PrintedWindow, high: bigint): CapturedResource | undefined {
  if (first === undefined || last === undefined || last < first) return undefined;
  const wide = last > 0xffff_ffffn ? IORESOURCE_MEM_64 | PCI_PREF_RANGE_TYPE_64 : 0;
  const flags = {
    io: IORESOURCE_IO,
    memory: IORESOURCE_MEM,
    prefetchable: IORESOURCE_MEM | IORESOURCE_PREFETCH | wide,
  };
  return { range: { start: high + first, end: high + last + 1n }, flags: flags[kind] };
}
