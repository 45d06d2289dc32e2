/** Ranges of a BAR from patterns. */
import type { BarRange } from '../../src/answers/index.ts';
import { pcimP2pdmaProvider } from '../../src/p2pdma/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import type { RangePattern } from '../map-protocol.ts';

const MOST_RANGES = 1 << 21;

/** Ranges from patterns; a sentence where they are too many. */
export function readPatterns(patterns: readonly RangePattern[]): BarRange[] | string {
  const total = patterns.reduce((sum, { count }) => sum + count, 0);
  if (total < 1) return 'Give at least one range.';
  if (total > MOST_RANGES) return `At most ${MOST_RANGES} ranges.`;
  const ranges: BarRange[] = [];
  for (const { start, size, stride, count } of patterns) {
    const [length, step] = [BigInt(size), BigInt(stride)];
    let offset = BigInt(start);
    for (let i = 0; i < count; i++, offset += step) ranges.push({ offset, length });
  }
  return ranges;
}

/** The number and size of the largest memory BAR: what a question about a pair without a BAR means. */
export function largestBar(fn: PciFunction): { readonly bar: number; readonly size: bigint } | undefined {
  let best: { bar: number; size: bigint } | undefined;
  for (let bar = 0; bar < 6; bar++) {
    const cpu = pcimP2pdmaProvider(fn, bar)?.resource.cpu;
    if (cpu !== undefined && cpu.end - cpu.start > (best?.size ?? 0n)) best = { bar, size: cpu.end - cpu.start };
  }
  return best;
}
