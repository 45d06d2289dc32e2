/** Capabilities whose lines repeat per BAR or entry: Resizable BAR, SR-IOV regions, Enhanced Allocation. */
import { PCI_HEADER_TYPE_BRIDGE, PCI_REBAR_CAP, PCI_REBAR_CTRL, PCI_SRIOV_BAR } from '../../uapi/index.ts';
import type { MaskedBytes } from './masked-bytes.ts';
import { isWide, parseRegion } from './printed-region.ts';
import type { PrintedCapability } from './printed-text.ts';

const REBAR_LINE = /^BAR (\d): current size: (\d+[MGTPE]B)(?:, supported:((?: \d+[MGTPE]B)*))?/;

/**
 * `BAR 0: current size: 16GB, supported: 256MB 512MB …`, one line per entry.
 * @param linesWhole no line was cut at its end: sizes that are not printed are not supported
 */
export function stateResizableBars({ offset, lines }: PrintedCapability, linesWhole: boolean, out: MaskedBytes): void {
  const entries = lines.map((line) => REBAR_LINE.exec(line)).filter((match) => match !== null);
  entries.forEach(({ input: line, 1: bar, 2: current = '', 3: sizes = '' }, i) => {
    const control = offset + PCI_REBAR_CTRL + 8 * i;
    out.set(control, 4, Number(bar), 0x7);
    out.set(control, 4, sizeCode(current) << 8, 0x1f00);
    if (i === 0) out.set(control, 4, entries.length << 5, 0xe0);
    let supported = 0;
    for (const size of sizes.trim().split(' ')) {
      const code = sizeCode(size);
      // Sizes from 256 TiB on stand in another register.
      if (size !== '' && code < 28) supported |= 1 << (code + 4);
    }
    out.set(
      offset + PCI_REBAR_CAP + 8 * i,
      4,
      supported >>> 0,
      (linesWhole && !line.endsWith('~') ? 0xffff_fff0 : supported) >>> 0,
    );
  });
}

/** log2 of a size in MiB: `16GB` is 14. */
function sizeCode(size: string): number {
  return Math.log2(Number.parseInt(size, 10)) + 10 * 'MGTPE'.indexOf(size.at(-2) ?? 'M');
}

/** The `Region n:` lines within SR-IOV: the VF BAR registers, always as they stand in config space. */
export function stateVirtualFunctionBars({ offset, lines }: PrintedCapability, out: MaskedBytes): void {
  for (const line of lines) {
    const bytes = Uint8Array.from(line, (character) => character.charCodeAt(0));
    const region = parseRegion(bytes, 0, bytes.length);
    if (region?.index === undefined || region.index > 5 || region.address === undefined) continue;
    const at = offset + PCI_SRIOV_BAR + 4 * region.index;
    out.set(at, 4, (Number(region.address & 0xffff_fff0n) | region.typeBits) >>> 0);
    if (isWide(region.typeBits) && region.index < 5) out.set(at + 4, 4, Number(region.address >> 32n));
  }
}

const EA_PROPERTIES: ReadonlyMap<string, number> = new Map([
  ['memory space, non-prefetchable', 0x00],
  ['memory space, prefetchable', 0x01],
  ['I/O space', 0x02],
  ['VF memory space, prefetchable', 0x03],
  ['VF memory space, non-prefetchable', 0x04],
  ['allocation behind bridge, non-prefetchable memory', 0x05],
  ['allocation behind bridge, prefetchable memory', 0x06],
  ['allocation behind bridge, I/O space', 0x07],
  ['memory space resource unavailable for use', 0xfd],
  ['I/O space resource unavailable for use', 0xfe],
  ['entry unavailable for use', 0xff],
  ['entry unavailable for use, PrimaryProperties should be used', 0xff],
]);

/** Walks through the entries, each printed over six lines. Reserved bits of an entry are zero. */
export function stateEnhancedAllocation(
  { offset, title, lines }: PrintedCapability,
  headerType: number | undefined,
  out: MaskedBytes,
): void {
  const count = /NumEntries=(\d+)/.exec(title)?.[1];
  if (count === undefined || headerType === undefined) return;
  out.set(offset + 2, 1, Number(count), 0x3f);
  let at = offset + (headerType === PCI_HEADER_TYPE_BRIDGE ? 8 : 4);
  const text = lines.join('\n');
  for (const entry of text.split(/^Entry \d+: /m).slice(1)) {
    const [, enable, writable, size] = /^Enable([+-]) Writable([+-]) EntrySize=(\d)/.exec(entry) ?? [];
    const [bei, primary, secondary] = [indicator(entry), property(entry, 'Primary'), property(entry, 'Secondary')];
    if (size === undefined || bei === undefined || primary === undefined || secondary === undefined) return;
    const flags = (enable === '+' ? 0x8000_0000 : 0) + (writable === '+' ? 0x4000_0000 : 0);
    out.set(at, 4, (flags + Number(size) + (bei << 4) + (primary << 8) + (secondary << 16)) >>> 0);
    stateEntryRange(entry, at, out);
    at += 4 + 4 * Number(size);
  }
}

/** `Base: 12345678`, `MaxOffset: 0003ffff`; more than eight digits stand in a second register each. */
function stateEntryRange(entry: string, at: number, out: MaskedBytes): void {
  const base = /^Base: ([0-9a-f]{8,16})$/m.exec(entry)?.[1];
  const maxOffset = /^MaxOffset: ([0-9a-f]{8,16})$/m.exec(entry)?.[1];
  if (base === undefined || maxOffset === undefined) return;
  let high = at + 12;
  for (const [digits, register] of [
    [base, at + 4],
    [maxOffset, at + 8],
  ] as const) {
    const wide = digits.length > 8;
    out.set(register, 4, ((Number.parseInt(digits.slice(-8), 16) & ~3) | (wide ? 2 : 0)) >>> 0);
    if (!wide) continue;
    out.set(high, 4, Number.parseInt(digits.slice(0, -8), 16));
    high += 4;
  }
}

function indicator(entry: string): number | undefined {
  const words = /^BAR Equivalent Indicator: (.*)$/m.exec(entry)?.[1] ?? '';
  const [, vf, bar] = /^(VF-)?BAR (\d)$/.exec(words) ?? [];
  if (bar !== undefined) return Number(bar) + (vf === undefined ? 0 : 9);
  const index = ['resource behind function', 'not indicated', 'expansion ROM'].indexOf(words);
  return index < 0 ? undefined : 6 + index;
}

function property(entry: string, which: 'Primary' | 'Secondary'): number | undefined {
  const words = new RegExp(`^${which}Properties: (.*)$`, 'm').exec(entry)?.[1] ?? '';
  const number = /^\[([0-9a-f]{2})\]$/.exec(words)?.[1];
  return number === undefined ? EA_PROPERTIES.get(words) : Number.parseInt(number, 16);
}
