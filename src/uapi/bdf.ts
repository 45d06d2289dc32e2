/** PCI function addresses, as `pci_name()` writes them: `dddd:bb:dd.f`, lower case, domains of four or more digits. */
import type { Brand } from '../base/index.ts';

/**
 * One function's address as a number: domain * 65536 + bus * 256 + device * 8 + function.
 * Domains go to 2^32-1 (VMD: 0x10000 and up), so it needs up to 48 bits; comparing two orders them as Linux does.
 */
export type Bdf = Brand<number, 'Bdf'>;

/** Bus, device and function together, without the domain: the 16-bit requester id of a TLP. */
export type RequesterId = number;

/** Packs an address. `domain` 0 ... 2^32-1, `bus` 0 ... 255, `devfn` = device * 8 + function, 0 ... 255. */
export function makeBdf(domain: number, bus: number, devfn: number): Bdf {
  return (domain * 0x10000 + bus * 0x100 + devfn) as Bdf;
}

/** Domain (segment) number. */
export function bdfDomain(bdf: Bdf): number {
  return Math.floor(bdf / 0x10000);
}

/** Bus number, 0 ... 255. */
export function bdfBus(bdf: Bdf): number {
  return Math.floor(bdf / 0x100) & 0xff;
}

/** Device * 8 + function, 0 ... 255. */
export function bdfDevfn(bdf: Bdf): number {
  return bdf % 0x100;
}

/** Device (slot) number, 0 ... 31. */
export function bdfDevice(bdf: Bdf): number {
  return bdfDevfn(bdf) >> 3;
}

/** Function number, 0 ... 7 (with ARI the device bits belong to it too). */
export function bdfFunction(bdf: Bdf): number {
  return bdfDevfn(bdf) & 7;
}

const hex2: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** `dddd:bb:dd.f`, lower case, the domain with at least four digits. */
export function formatBdf(bdf: Bdf): string {
  return `${formatRootBus(bdf)}:${hex2[bdfDevice(bdf)]}.${bdfFunction(bdf)}`;
}

/** `dddd:bb`, the bus a function sits on. */
export function formatRootBus(bdf: Bdf): string {
  return `${bdfDomain(bdf).toString(16).padStart(4, '0')}:${hex2[bdfBus(bdf)]}`;
}

/** `dddd:bb` of a root bus, or of whatever else has a domain and a bus number. */
export function rootBusName({ domain, bus }: { readonly domain: number; readonly bus: number }): string {
  return formatRootBus(makeBdf(domain, bus, 0));
}

const BDF = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i;

/** Reads `[dddd:]bb:dd.f`; a missing domain is 0. Undefined when the text is not an address. */
export function parseBdf(text: string): Bdf | undefined {
  const match = BDF.exec(text);
  if (match === null) return undefined;
  const [, domain = '0', bus = '', device = '', fn = ''] = match;
  const slot = Number.parseInt(device, 16);
  if (slot > 31) return undefined;
  return makeBdf(Number.parseInt(domain, 16), Number.parseInt(bus, 16), slot * 8 + Number(fn));
}
