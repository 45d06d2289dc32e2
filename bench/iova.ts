/** The I/O address allocator against two on AVL trees in C. */
import { Prng } from '../src/base/index.ts';
import { IovaDomain } from '../src/iommu/index.ts';
import { KernelLog } from '../src/uapi/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { type Native, withNative } from './native.ts';

const LIVE = [1000, 10_000, 100_000, 1_000_000];
/** Last page of a 47-bit space. */
const LIMIT = 2 ** 35 - 1;

/** The baselines in C: both follow the kernel's rule, one by the kernel's walk over the ranges, one as the model does. */
const BASELINES = [
  { program: 'iova', against: 'walk', name: "C, AVL tree, the kernel's walk" },
  { program: 'iova-gaps', against: 'gaps', name: 'C, AVL tree that knows its gaps' },
] as const;
const OPERATIONS = 20_000;

/** Frees a random one of the live ranges and takes a new one: ranges of one size, and of all sizes past the caches. */
export function* iovaBench(settings: BenchSettings): Generator<Figure> {
  for (const live of LIVE.filter((size) => size <= settings.most)) {
    for (const mode of ['one-size', 'many-sizes'] as const) {
      for (const baseline of BASELINES) yield withNative((native) => against(baseline, live, mode, native, settings));
    }
  }
}

function against(
  baseline: (typeof BASELINES)[number],
  live: number,
  mode: 'one-size' | 'many-sizes',
  native: Native,
  settings: BenchSettings,
): Figure {
  // A walk is as long as the list of ranges: fewer operations where that is long.
  const n = baseline.against === 'walk' ? Math.max(200, Math.min(OPERATIONS, 2e7 / live)) : OPERATIONS;
  const mixed = mode === 'many-sizes';
  const run = native.program(baseline.program, [live, n, mixed ? 1 : 0]);
  const name = `iova/${live}-live/${mode}/against-${baseline.against}`;
  const model = () => churn(live, n, mixed);
  return measure({ name, n, unit: 'ns/operation', model, baseline: { name: baseline.name, run } }, settings);
}

function churn(live: number, ops: number, mixed: boolean): Run {
  const prng = new Prng(1);
  const domain = new IovaDomain({ granuleShift: 12, startPfn: 1, log: new KernelLog() });
  const held = new Float64Array(live);
  const pages = new Uint32Array(live);
  const hash = new Hash();
  const allocate = (which: number): number => {
    const size = mixed ? 33 + prng.below(512) : 64;
    const pfn = domain.allocFast(size, LIMIT, false);
    if (pfn === undefined) throw new Error('iova: no room');
    pages[which] = size;
    held[which] = pfn;
    return pfn;
  };
  for (let i = 0; i < live; i++) allocate(i);
  const start = performance.now();
  for (let i = 0; i < ops; i++) {
    const which = prng.below(live);
    domain.freeFast(held[which] ?? 0, pages[which] ?? 0);
    const pfn = allocate(which);
    hash.word(pfn);
    hash.word(Math.floor(pfn / 2 ** 32));
  }
  return { ms: performance.now() - start, hash: String(hash) };
}
