import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageTableTranslation } from '../../src/route/index.ts';
import { TableDrawing } from '../../web/worker/bands.ts';
import { BAR_START, type MappingMachineSpec, mappingMachine } from '../support/mapping-machine.ts';

const BAR = { start: BAR_START, size: 1n << 36n };
const MIB = 1n << 20n;

/** The drawing of ranges, given as [offset, length], and the mapping behind it. */
function drawn(spec: MappingMachineSpec, ranges: readonly (readonly [bigint, bigint])[]) {
  const machine = mappingMachine(spec);
  const outcome = machine.map(ranges);
  if (outcome.outcome !== 'mapped') throw new Error(outcome.outcome === 'failed' ? outcome.at : outcome.outcome);
  const { domain } = machine;
  const stage =
    domain === undefined
      ? ({ mode: 'off' } as const)
      : ({ mode: 'translated', table: pageTableTranslation(domain) } as const);
  const drawing = new TableDrawing(outcome.mapping, stage, BAR);
  const { table } = outcome.mapping;
  const entries = Array.from({ length: table.nents }, (_, i) => {
    const { addr } = table.at(i).dmaAddress;
    return { from: addr, to: addr + BigInt(table.dmaLen[i] ?? 0), bands: drawing.bands(i) };
  });
  return { view: drawing.view(), entries, bands: entries.flatMap((entry) => entry.bands) };
}

const FLOWS: readonly (readonly [string, MappingMachineSpec])[] = [
  ['bus-addr', { mapType: 'PCI_P2PDMA_MAP_BUS_ADDR', iommu: 'none', busOffset: 0x1000_0000n }],
  ['direct', { iommu: 'none' }],
  ['iova', { iommu: 'intel', intended: true }],
];

describe('the drawing of a table', () => {
  test.each(FLOWS)('in flow %s the bands lead to the ranges, in the order of the table, without gaps', (_, spec) => {
    const piece = fc.record({ gap: fc.nat({ max: 300 }), pages: fc.integer({ min: 1, max: 600 }) });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.boolean(), (pieces, turned) => {
        let at = 0n;
        const rising = pieces.map(({ gap, pages }) => {
          const offset = at + BigInt(gap) * MIB;
          at = offset + BigInt(pages) * MIB;
          return [offset, BigInt(pages) * MIB] as const;
        });
        const ranges = turned ? rising.toReversed() : rising;
        const { view, entries, bands } = drawn(spec, ranges);
        const [from, to] = [BigInt(view.bar.from), BigInt(view.bar.to) + 1n];
        const share = (address: bigint): number => Number(address - from) / Number(to - from);
        // What is drawn for the BAR, joined where bands touch, is what was asked for, joined where ranges touch.
        const asked = joined(ranges.map(([offset, length]) => [BAR_START + offset, BAR_START + offset + length]));
        const shown = joined(bands.map(({ bar }) => [bar?.from ?? -1, bar?.to ?? -1]));
        expect(shown.length).toBe(asked.length);
        for (const [index, [start, end]] of asked.entries()) {
          expect(shown[index]?.[0]).toBeCloseTo(share(start), 5);
          expect(shown[index]?.[1]).toBeCloseTo(share(end), 5);
        }
        expect(joined(bands.map(({ table }) => [table.from, table.to]))).toEqual([[0, 1]]);
        // Addresses, from the lowest to the highest.
        const [low, high] = [BigInt(view.space.from), BigInt(view.space.to) + 1n];
        for (const entry of entries) {
          const place = (address: bigint): number => Number(address - low) / Number(high - low);
          expect(entry.bands[0]?.space.from).toBeCloseTo(place(entry.from), 5);
          expect(entry.bands.at(-1)?.space.to).toBeCloseTo(place(entry.to), 5);
        }
        expect(Math.min(...bands.map(({ space }) => space.from))).toBe(0);
        expect(Math.max(...bands.map(({ space }) => space.to))).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  test('a window is shown where the ranges are a small part of the BAR', () => {
    const { view } = drawn({ iommu: 'none' }, [[64n * MIB, MIB]]);
    expect(view.bar).toMatchObject({ from: '0x200004000000', size: '1 MiB' });
    expect(view.part.from).toBeCloseTo(1 / 1024, 5);
    expect(view.part.to - view.part.from).toBeCloseTo(1 / 65536, 5);
  });

  test('addresses that lead nowhere end in no part of the BAR', () => {
    const machine = mappingMachine({ iommu: 'none' });
    const outcome = machine.map([[0n, MIB]]);
    if (outcome.outcome !== 'mapped') throw new Error('not mapped');
    const drawing = new TableDrawing(outcome.mapping, { mode: 'blocked' }, BAR);
    expect(drawing.bands(0)).toMatchObject([{ entry: 0, bar: undefined, table: { from: 0, to: 1 } }]);
    const other = { start: BAR_START + BAR.size, size: BAR.size };
    expect(new TableDrawing(outcome.mapping, { mode: 'off' }, other).bands(0)).toMatchObject([{ bar: undefined }]);
  });

  test('of very many entries evenly spread ones are drawn', () => {
    const ranges = Array.from({ length: 10_000 }, (_, i) => [BigInt(i) * 8192n, 4096n] as const);
    const { view } = drawn({ mapType: 'PCI_P2PDMA_MAP_BUS_ADDR', iommu: 'none' }, ranges);
    expect(view.step).toBe(42);
    expect(view.bands.map(({ entry }) => entry)).toEqual(Array.from({ length: 239 }, (_, i) => i * 42));
  });
});

/** Stretches in the order given, joined where one begins at the end of the one before. */
function joined<T extends bigint | number>(stretches: readonly (readonly [T, T])[]): [T, T][] {
  const found: [T, T][] = [];
  for (const [from, to] of stretches) {
    const last = found.at(-1);
    if (last !== undefined && near(last[1], from)) last[1] = to;
    else found.push([from, to]);
  }
  return found;
}

function near(a: bigint | number, b: bigint | number): boolean {
  return typeof a === 'number' ? Math.abs(a - Number(b)) < 3e-6 : a === b;
}
