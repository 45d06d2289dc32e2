/** physVecToSgt against C that writes the kernel's 32-byte entries. */
import type { Prng } from '../src/base/index.ts';
import { freeSgt, physVecToSgt, type SgtMapping } from '../src/dma-buf/index.ts';
import { DMA_BIDIRECTIONAL } from '../src/uapi/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { type Modelled, modelled, rangesOf } from './modelled-kernel.ts';
import { type Native, withNative } from './native.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const BUS_OFFSET = 0xffff_f000_0000_0000n;

/** One to 512 pages at scattered places, as native/map.c has them. */
function scattered(prng: Prng, index: number): readonly [bigint, bigint] {
  const paddr = 0x40_0000_0000n + BigInt(prng.next() & 0xfffff) * 0x1000n + (BigInt(index) << 32n);
  return [paddr, BigInt(1 + prng.below(512)) * 0x1000n];
}

/** Flows `bus-addr` and `direct`, every range an entry of its own, against each layout of the C side. */
export function* mapBench(settings: BenchSettings): Generator<Figure> {
  for (const n of SIZES.filter((size) => size <= settings.most)) {
    for (const layout of ['sequential', 'chained'] as const) {
      yield withNative((native) => busAddr(n, layout, native, settings));
    }
    yield withNative((native) => direct(n, native, settings));
  }
}

function busAddr(n: number, layout: string, native: Native, settings: BenchSettings): Figure {
  const model = mapping(modelled('PCI_P2PDMA_MAP_BUS_ADDR', false, BUS_OFFSET), n);
  const run = native.program('map', [layout, n, BUS_OFFSET.toString(16)]);
  const name = `map/bus-addr/${n}-ranges/against-${layout}`;
  return measure({ name, n, model, baseline: { name: `C, ${layout} 32-byte entries`, run } }, settings);
}

function direct(n: number, native: Native, settings: BenchSettings): Figure {
  const model = mapping(modelled('PCI_P2PDMA_MAP_THRU_HOST_BRIDGE', false, 0n), n);
  const run = native.program('map', ['sequential', n, '0']);
  const baseline = { name: 'C, sequential 32-byte entries, no checks', run };
  return measure({ name: `map/direct/${n}-ranges`, n, model, baseline }, settings);
}

function mapping({ kernel, attach, provider }: Modelled, n: number): () => Run {
  const ranges = rangesOf(n, scattered);
  const size = ranges.totalLength();
  const map = (): { readonly ms: number; readonly mapping: SgtMapping } => {
    const start = performance.now();
    const result = physVecToSgt(kernel, attach, provider, ranges, size, DMA_BIDIRECTIONAL);
    const ms = performance.now() - start;
    if (result.outcome !== 'mapped') throw new Error(`map: ${result.at}`);
    return { ms, mapping: result.mapping };
  };
  return () => {
    // The second time counts, as in native/map.c: before the first another process had the caches.
    freeSgt(kernel, attach, map().mapping);
    const { ms, mapping } = map();
    const { table } = mapping;
    const hash = new Hash();
    for (let i = 0; i < table.nents; i++) {
      hash.word(table.addrLo[i] ?? 0);
      hash.word(table.addrHi[i] ?? 0);
      hash.word(table.dmaLen[i] ?? 0);
    }
    freeSgt(kernel, attach, mapping);
    return { ms, hash: String(hash) };
  };
}
