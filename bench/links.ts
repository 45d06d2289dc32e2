/** Many ranges linked into one run of I/O addresses, against a page table in C. */
import type { Iova, Prng } from '../src/base/index.ts';
import { freeSgt, physVecToSgt } from '../src/dma-buf/index.ts';
import { DMA_BIDIRECTIONAL } from '../src/uapi/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { modelled, rangesOf } from './modelled-kernel.ts';
import { type Native, withNative } from './native.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const PROBES = 4096n;

/** One to eight pages, as native/links.c has them. */
function small(prng: Prng, index: number): readonly [bigint, bigint] {
  const paddr = 0x40_0000_0000n + BigInt(index) * 0x10000n + BigInt(prng.next() & 7) * 0x1000n;
  return [paddr, BigInt(1 + prng.below(8)) * 0x1000n];
}

/** Flow `iova`: allocation, links, table; and the same number of links in a radix table. */
export function* linksBench(settings: BenchSettings): Generator<Figure> {
  for (const n of SIZES.filter((size) => size <= settings.most))
    yield withNative((native) => linked(n, native, settings));
}

function linked(n: number, native: Native, settings: BenchSettings): Figure {
  const { kernel, attach, provider, domain } = modelled('PCI_P2PDMA_MAP_THRU_HOST_BRIDGE', true, 0n);
  const ranges = rangesOf(n, small);
  const size = ranges.totalLength();
  let first = 0n;
  const model = (): Run => {
    const start = performance.now();
    const result = physVecToSgt(kernel, attach, provider, ranges, size, DMA_BIDIRECTIONAL);
    const ms = performance.now() - start;
    if (result.outcome !== 'mapped') throw new Error(`links: ${result.at}`);
    first = result.mapping.table.dmaAddressBits(0);
    const hash = new Hash();
    for (let k = 0n; k < PROBES; k++) {
      const probe = first + (((size >> 12n) * k) / PROBES) * 0x1000n;
      hash.wide(domain?.iovaToPhys(probe as Iova) ?? 0n);
    }
    freeSgt(kernel, attach, result.mapping);
    return { ms, hash: String(hash) };
  };
  model();
  const run = native.program('links', [n, first.toString(16)]);
  const baseline = { name: 'C, radix table of 4 KiB leaves', run };
  return measure({ name: `links/${n}-ranges`, n, model, baseline }, settings);
}
