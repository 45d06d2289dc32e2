import { describe, expect, it } from 'vitest';
import { Prng, rangeContains, rangesOverlap } from '../../base/index.ts';
import { factValue, type MachineCapture } from '../../capture/index.ts';
import { buildTopology, type PciFunction, type PciResource } from '../../pci/index.ts';
import { formatBdf, IORESOURCE_MEM, IORESOURCE_PREFETCH } from '../../uapi/index.ts';
import { cascade, randomMachine } from './index.ts';

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

/** Memory BARs of a function, VF BARs left out: those of a physical function hold those of its virtual functions. */
function bars(fn: PciFunction): PciResource[] {
  return fn.resources.slice(0, 7).flatMap((r) => (r !== undefined && (r.flags & IORESOURCE_MEM) !== 0 ? [r] : []));
}

describe('a random machine', () => {
  it.each([1, 2, 7, 60, 500, 2000])('has exactly %i functions', (functions) => {
    expect(randomMachine(new Prng(functions), { functions }).functions).toHaveLength(functions);
  });

  it('is the same for the same seed and another for another', () => {
    const machine = (seed: number) => randomMachine(new Prng(seed), { functions: 80, missing: true });
    expect(machine(5)).toEqual(machine(5));
    expect(machine(5)).not.toEqual(machine(6));
  });

  it('reads back as the tree it was made of, without a finding', () => {
    for (const seed of SEEDS) {
      const capture = randomMachine(new Prng(seed), { functions: 120 });
      const topology = buildTopology(capture);
      expect(topology.findings, `seed ${seed}`).toEqual([]);
      for (const fn of topology.functions) {
        const { parent, physfn } = fn.captured;
        expect(fn.parent?.bdf, formatBdf(fn.bdf)).toBe(factValue(parent));
        expect(fn.physfn?.bdf, formatBdf(fn.bdf)).toBe(factValue(physfn));
      }
    }
  });

  it('has every BAR in a window of each bridge above it, and no two BARs overlapping', () => {
    for (const seed of SEEDS) {
      const topology = buildTopology(randomMachine(new Prng(seed), { functions: 120 }));
      const all: PciFunction[] = [];
      for (const fn of topology.functions) {
        for (const bar of bars(fn)) {
          for (let up = fn.parent; up !== undefined; up = up.parent) {
            const windows = up.resources.slice(14, 16).flatMap((w) => w ?? []);
            const holding = windows.filter((w) => rangeContains(w.bus, bar.bus));
            expect(holding, `seed ${seed}: ${formatBdf(fn.bdf)} in ${formatBdf(up.bdf)}`).toHaveLength(1);
            const wide = (bar.flags & IORESOURCE_PREFETCH) !== 0 && (bar.flags & 4) !== 0;
            expect(holding[0]?.index).toBe(wide ? 15 : 14);
          }
        }
        if (bars(fn).length > 0) all.push(fn);
      }
      const ranges = all.flatMap((fn) => bars(fn).map((bar) => bar.cpu)).sort((a, b) => (a.start < b.start ? -1 : 1));
      for (const [i, range] of ranges.entries()) {
        const next = ranges[i + 1];
        if (next !== undefined) expect(rangesOverlap(range, next), `seed ${seed}`).toBe(false);
      }
    }
  });

  it('aligns every BAR to its size', () => {
    const topology = buildTopology(randomMachine(new Prng(3), { functions: 300 }));
    for (const fn of topology.functions) {
      for (const bar of bars(fn)) expect(bar.bus.start % (bar.bus.end - bar.bus.start)).toBe(0n);
    }
  });

  it('shows every shape the options allow, and none they forbid', () => {
    const shapes = (capture: MachineCapture) => {
      const { functions } = buildTopology(capture);
      const has = (test: (fn: PciFunction) => boolean) => functions.some(test);
      return {
        vf: has((fn) => fn.physfn !== undefined),
        conventional: has((fn) => fn.pcie.state === 'absent' && fn.parent !== undefined),
        cut: has((fn) => fn.pcie.state === 'unreadable'),
        masterOff: has((fn) => factValue(fn.command)?.busMaster === false && fn.parent !== undefined),
        egress: has((fn) => factValue(fn.acs)?.egressVector.state === 'known'),
        redirected: has((fn) => ((factValue(fn.acs)?.ctrl ?? 0) & 0xc) !== 0),
      };
    };
    const plain = { virtualFunctions: false, conventional: false };
    const all = { masterOff: true, vf: true, conventional: true, cut: true, egress: true, redirected: true };
    expect(shapes(randomMachine(new Prng(9), { functions: 900, missing: true }))).toEqual(all);
    expect(shapes(randomMachine(new Prng(9), { functions: 900, ...plain }))).toEqual({
      ...all,
      vf: false,
      conventional: false,
      cut: false,
    });
  });
});

describe('a cascade', () => {
  it.each([
    { levels: 4, functions: 100, depth: 10 },
    { levels: 12, functions: 1000, depth: 26 },
    { levels: 4, functions: 1000, depth: 10 },
    { levels: 0, functions: 20, depth: 2 },
  ])('of $levels levels and $functions functions is $depth functions deep', ({ levels, functions, depth }) => {
    const topology = buildTopology(cascade(levels, functions));
    const depthOf = (fn: PciFunction): number => 1 + (fn.parent === undefined ? 0 : depthOf(fn.parent));
    expect(topology.functions).toHaveLength(functions);
    expect(Math.max(...topology.functions.map(depthOf))).toBe(depth);
    expect(topology.findings).toEqual([]);
  });
});
