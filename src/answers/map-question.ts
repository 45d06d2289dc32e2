/** What is asked when a table is asked for, checked before any kernel is. */
import { type Failure, fail, hex, ok, type Result } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { type P2pdmaProvider, pcimP2pdmaProvider } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf, IORESOURCE_IO, IORESOURCE_UNSET } from '../uapi/index.ts';

/** A part of a BAR, bytes from its start. */
export interface BarRange {
  readonly offset: bigint;
  readonly length: bigint;
}

/** Memory of a BAR, ready to be mapped. */
export interface BarMemory {
  readonly provider: P2pdmaProvider;
  /** At least one; page aligned, inside the BAR, apart from each other. */
  readonly ranges: readonly BarRange[];
}

const PAGE = 0x1000n;

/**
 * The memory that `ranges` of a BAR name; no range stands for the whole BAR. What no exporter would offer is refused
 * with a sentence: BARs that are not memory, ranges outside, unaligned, overlapping or empty.
 */
export function barMemory(owner: PciFunction, bar: number, ranges: readonly BarRange[]): Result<BarMemory, Failure> {
  const name = `BAR ${bar} of ${formatBdf(owner.bdf)}`;
  const provider = pcimP2pdmaProvider(owner, bar);
  if (provider === undefined) return fail(`${name} ${whyNoProvider(owner, bar)}${memoryBars(owner)}`);
  const { start, end } = provider.resource.cpu;
  const size = end - start;
  if ((provider.resource.flags & IORESOURCE_UNSET) !== 0 || start === 0n)
    return fail(`${name} has no address assigned`);
  if (size < PAGE) return fail(`${name} has ${size} bytes, less than a page: it cannot be exported`);
  const wanted = ranges.length === 0 ? [{ offset: 0n, length: size }] : ranges;
  for (const range of wanted) {
    const problem = rangeProblem(range, size);
    if (problem !== undefined) return fail(`range ${rangeText(range)} of ${name} ${problem}`);
  }
  const sorted = wanted.toSorted((a, b) => (a.offset < b.offset ? -1 : 1));
  for (const [i, range] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before !== undefined && before.offset + before.length > range.offset) {
      return fail(`ranges ${rangeText(before)} and ${rangeText(range)} of ${name} overlap`);
    }
  }
  return ok({ provider, ranges: wanted });
}

function rangeText({ offset, length }: BarRange): string {
  return `${hex(offset)}+${hex(length)}`;
}

function rangeProblem({ offset, length }: BarRange, size: bigint): string | undefined {
  if (length === 0n) return 'is empty';
  if (offset % PAGE !== 0n || length % PAGE !== 0n) return 'is not aligned to pages of 4K';
  return offset + length > size ? `reaches over its end: the BAR has ${hex(size)} bytes` : undefined;
}

function whyNoProvider(owner: PciFunction, bar: number): string {
  const resource = owner.resources[bar];
  if (resource !== undefined && (resource.flags & IORESOURCE_IO) !== 0) return 'holds I/O ports, not memory';
  if (owner.unsizedBars.some(({ index }) => index === bar))
    return 'has an unknown size: the input shows only its address';
  if (factValue(owner.captured.resources)?.[bar] === 'unknown') {
    return 'is not known: the input prints no such BAR, and its line may be missing';
  }
  return 'is not there';
}

function memoryBars(owner: PciFunction): string {
  const bars = [0, 1, 2, 3, 4, 5].filter((bar) => pcimP2pdmaProvider(owner, bar) !== undefined);
  return bars.length === 0 ? '; it has no memory BAR that is known' : `; its memory BARs are ${bars.join(', ')}`;
}
