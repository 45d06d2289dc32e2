/** The I/O address allocator against one on an AVL tree in C. */
import { Prng } from '../src/base/index.ts';
import { IovaDomain } from '../src/iommu/index.ts';
import { KernelLog } from '../src/uapi/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { withNative } from './native.ts';

const LIVE = [1000, 10_000, 100_000, 1_000_000];
/** Last page of a 47-bit space. */
const LIMIT = 2 ** 35 - 1;

/** Frees a random one of the live ranges and takes a new one: ranges of one size, and of all sizes past the caches. */
export function* iovaBench(settings: BenchSettings): Generator<Figure> {
  for (const live of LIVE.filter((size) => size <= settings.most)) {
    // The walk of the baseline is as long as the list of ranges: fewer steps where that is long.
    const ops = Math.max(200, Math.min(20_000, 2e7 / live));
    for (const mode of ['one-size', 'many-sizes'] as const) {
      const baseline = (run: (() => Run) | undefined) => ({ name: "C, AVL tree, the kernel's walk", run });
      yield withNative((native) => {
        const run = native.program('iova', [live, ops, mode === 'many-sizes' ? 1 : 0]);
        const name = `iova/${live}-live/${mode}`;
        const model = () => churn(live, ops, mode === 'many-sizes');
        return measure({ name, n: ops, unit: 'ns/operation', model, baseline: baseline(run) }, settings);
      });
    }
  }
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
