/** From a capture to the tree. */
import { cascade } from '../src/lab/index.ts';
import { buildTopology } from '../src/pci/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';

const SIZES = [100, 1000, 10_000];

/** `buildTopology` of machines of each size. There is nothing native to compare it with. */
export function* topologyBench(settings: BenchSettings): Generator<Figure> {
  for (const functions of SIZES.filter((size) => size <= settings.most)) {
    const capture = cascade(4, functions);
    const model = (): Run => {
      const start = performance.now();
      const topology = buildTopology(capture);
      const ms = performance.now() - start;
      const hash = new Hash();
      for (const fn of topology.functions) {
        hash.word(fn.bdf);
        hash.word(fn.parent?.index ?? -1);
      }
      return { ms, hash: String(hash) };
    };
    yield measure({ name: `topology/${functions}-functions`, n: functions, model }, settings);
  }
}
