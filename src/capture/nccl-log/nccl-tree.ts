/**
 * The tree that NCCL prints: processors, the upstream port of each switch, GPUs and adapters, with addresses in which
 * domain, bus, device and function stand in one hexadecimal number. Like its topology file it has no root port and no
 * downstream port.
 */
import { type Bdf, makeBdf } from '../../uapi/index.ts';

/** A node of the tree. */
export interface NcclNode {
  readonly kind: 'PCI' | 'GPU' | 'NIC';
  readonly bdf: Bdf;
  /** Vendor, device and those of the subsystem, of a switch. */
  readonly ids: { readonly vendor: number; readonly device: number; readonly subsystem: readonly number[] } | undefined;
  /** Rank, of a GPU. */
  readonly rank: number | undefined;
  /** Columns before it. */
  readonly indent: number;
}

const NODE =
  /^(\s*)(?:\+ \w+\[[\d.]+\] - )?(PCI|GPU|NIC)\/(?:[0-9A-Fa-f]+-)?([0-9A-Fa-f]+)(?= |$)(?: \(([0-9a-fA-F]+)\))?/;
/** `+ NET[25.0] - NET/8 (72739d000373255c/1/25.000000)`. */
const NET = /^(\s*)\+ NET\[[\d.]+\] - NET\/(?:[0-9A-Fa-f]+-)?([0-9A-Fa-f]+)/;

/** A node, of a line without its head. */
export function parseNode(words: string): NcclNode | undefined {
  const [, blanks = '', kind, address = '', inside = ''] = NODE.exec(words) ?? [];
  const bdf = parseBusId(address);
  if (kind === undefined || bdf === undefined) return undefined;
  const switchIds = kind === 'PCI' && inside.length === 16 ? idsOf(inside) : undefined;
  const rank = kind === 'GPU' && /^\d+$/.test(inside) ? Number(inside) : undefined;
  return { kind: kind as NcclNode['kind'], bdf, ids: switchIds, rank, indent: blanks.length };
}

/** The number of a network below an adapter. */
export function parseNet(words: string): { readonly index: number; readonly indent: number } | undefined {
  const [, blanks = '', digits] = NET.exec(words) ?? [];
  return digits === undefined ? undefined : { index: Number.parseInt(digits, 16), indent: blanks.length };
}

/** `1c000` is 0000:1c:00.0. */
export function parseBusId(digits: string): Bdf | undefined {
  if (!/^[0-9a-f]{1,13}$/i.test(digits)) return undefined;
  const number = BigInt(`0x${digits}`);
  const [domain, bus, slot, fn] = [number >> 20n, (number >> 12n) & 0xffn, (number >> 4n) & 0xffn, number & 0xfn];
  if (slot > 0x1fn || fn > 7n || domain > 0xffff_ffffn) return undefined;
  return makeBdf(Number(domain), Number(bus), Number(slot) * 8 + Number(fn));
}

function idsOf(digits: string): NcclNode['ids'] {
  const [vendor = 0, device = 0, ...subsystem] = [0, 4, 8, 12].map((at) =>
    Number.parseInt(digits.slice(at, at + 4), 16),
  );
  return vendor === 0 || vendor === 0xffff ? undefined : { vendor, device, subsystem };
}
