/** Where the entries of a table lead: bands from the BAR over the address space to the table, as fractions to draw. */
import { byteText, hex } from '../../src/base/index.ts';
import type { SgtMapping } from '../../src/dma-buf/index.ts';
import type { IommuStage } from '../../src/route/index.ts';
import type { BandView, DrawingView, SpanView } from '../map-protocol.ts';

/** A BAR in physical memory. */
export interface BarSpan {
  readonly start: bigint;
  readonly size: bigint;
}

/** More entries than this are drawn by evenly spread ones. */
const MOST_BANDS = 240;
/** Pieces of one entry that are drawn. */
const MOST_PIECES = 64;

/** Bands of any entries of one mapping, all in one frame. */
export class TableDrawing {
  readonly #mapping: SgtMapping;
  readonly #iommu: IommuStage;
  readonly #bar: Span;
  readonly #whole: Span;
  readonly #space: Span;
  /** Bytes before each entry; one more for the end. */
  readonly #before: Float64Array;

  /** @param iommu what becomes of the importer's addresses in the root complex */
  constructor(mapping: SgtMapping, iommu: IommuStage, { start, size }: BarSpan) {
    this.#mapping = mapping;
    this.#iommu = iommu;
    this.#whole = { from: start, to: start + size };
    this.#bar = windowOf(mapping, this.#whole);
    this.#space = addressSpan(mapping);
    this.#before = bytesBefore(mapping);
  }

  /** The frame, and bands of evenly spread entries. */
  view(): DrawingView {
    const { nents } = this.#mapping.table;
    const step = Math.max(1, Math.ceil(nents / MOST_BANDS));
    const bands: BandView[] = [];
    for (let entry = 0; entry < nents && bands.length < 2 * MOST_BANDS; entry += step) bands.push(...this.bands(entry));
    const share = (at: bigint): number => fraction(at, this.#whole);
    return {
      bar: spanView(this.#bar),
      part: { from: share(this.#bar.from), to: share(this.#bar.to) },
      space: spanView(this.#space),
      step,
      bands,
    };
  }

  /** One entry: a band for each stretch that leads on without a break. None for an empty one. */
  bands(entry: number): BandView[] {
    const { table } = this.#mapping;
    const total = Math.max(1, this.#before.at(-1) ?? 1);
    const start = this.#before[entry] ?? 0;
    const address = table.at(entry).dmaAddress.addr;
    return this.#stretches(address, BigInt(table.dmaLen[entry] ?? 0)).map(({ offset, length, phys }) => ({
      entry,
      bar:
        phys === undefined || phys < this.#whole.from || phys >= this.#whole.to
          ? undefined
          : { from: fraction(phys, this.#bar), to: fraction(phys + length, this.#bar) },
      space: { from: fraction(address + offset, this.#space), to: fraction(address + offset + length, this.#space) },
      table: { from: (start + Number(offset)) / total, to: (start + Number(offset + length)) / total },
    }));
  }

  #stretches(address: bigint, length: bigint): Stretch[] {
    const found: Stretch[] = [];
    for (let offset = 0n; offset < length; ) {
      const { phys, bytes } = this.#leadsTo(address + offset);
      const taken = bytes === undefined || bytes > length - offset ? length - offset : bytes;
      const last = found.at(-1);
      const joins = last !== undefined && (phys === undefined ? undefined : phys - last.length) === last.phys;
      if (joins) found[found.length - 1] = { ...last, length: last.length + taken };
      else found.push({ offset, length: taken, phys });
      if (found.length > MOST_PIECES) break;
      offset += taken;
    }
    return found;
  }

  /** The physical address behind a DMA address, and for how many bytes that goes on; `bytes` undefined: for all. */
  #leadsTo(address: bigint): { readonly phys: bigint | undefined; readonly bytes?: bigint } {
    if (this.#mapping.flow === 'bus-addr') return { phys: address - this.#mapping.busOffset };
    switch (this.#iommu.mode) {
      case 'translated': {
        const leaf = this.#iommu.table.translate(address, true);
        return { phys: leaf.ok ? leaf.phys : undefined, bytes: leaf.contiguousBytes };
      }
      case 'off':
      case 'passthrough':
        return { phys: address };
      case 'blocked':
      case 'unknown':
        return { phys: undefined };
    }
  }
}

interface Stretch {
  readonly offset: bigint;
  readonly length: bigint;
  readonly phys: bigint | undefined;
}

interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** The part of the BAR that the ranges lie in, if it is a small one; else all of it. */
function windowOf({ ranges }: SgtMapping, whole: Span): Span {
  let [from, to] = [whole.to, whole.from];
  for (let index = 0; index < ranges.length; index++) {
    const { paddr, len } = ranges.at(index);
    if (paddr < from) from = paddr;
    if (paddr + len > to) to = paddr + len;
  }
  return to > from && (to - from) * 3n <= whole.to - whole.from ? { from, to } : whole;
}

function addressSpan({ table }: SgtMapping): Span {
  let [first, last] = [-1, -1];
  const above = (a: number, b: number): boolean =>
    table.addrHi[a] === table.addrHi[b]
      ? (table.addrLo[a] ?? 0) > (table.addrLo[b] ?? 0)
      : (table.addrHi[a] ?? 0) > (table.addrHi[b] ?? 0);
  for (let entry = 0; entry < table.nents; entry++) {
    if (table.dmaLen[entry] === 0) continue;
    if (first < 0 || above(first, entry)) first = entry;
    if (last < 0 || above(entry, last)) last = entry;
  }
  if (first < 0) return { from: 0n, to: 0n };
  return {
    from: table.at(first).dmaAddress.addr,
    to: table.at(last).dmaAddress.addr + BigInt(table.dmaLen[last] ?? 0),
  };
}

function bytesBefore({ table }: SgtMapping): Float64Array {
  const before = new Float64Array(table.nents + 1);
  for (let entry = 0; entry < table.nents; entry++)
    before[entry + 1] = (before[entry] ?? 0) + (table.dmaLen[entry] ?? 0);
  return before;
}

/** Where an address lies in a span, 0 ... 1, to a millionth. */
function fraction(at: bigint, { from, to }: Span): number {
  if (to <= from) return 0;
  const millionths = ((at - from) * 1_000_000n) / (to - from);
  return Math.min(1, Math.max(0, Number(millionths) / 1_000_000));
}

function spanView({ from, to }: Span): SpanView {
  return { from: hex(from), to: hex(to > from ? to - 1n : to), size: byteText(to - from) };
}
