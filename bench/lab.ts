/** Bytes that a device writes through a mapping and reads back, hashed on their way. */
import { readScenario, runScenario } from '../src/lab/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { withNative } from './native.ts';

/** MiB. */
const SIZES = [16, 1024];

/** A scenario from machine to digest, against C that makes and hashes the same bytes and models nothing. */
export function* labBench(settings: BenchSettings): Generator<Figure> {
  for (const size of SIZES.filter((mib) => mib <= settings.most)) {
    yield withNative((native) => {
      const run = native.program('lab', [size]);
      const baseline = { name: 'C, makes and hashes the bytes', run };
      return measure({ name: `lab/${size}-MiB`, n: size, model: played(size), baseline }, settings);
    });
  }
}

function played(size: number): () => Run {
  const read = readScenario(
    `peerpath-scenario: 1
machine:
  kernel: 7.3.4
  cpu: {vendor: GenuineIntel, family: 6}
  iommu: none
  host-bridges:
    - id: 8086:09a2
      devices:
        - kind: root-port
          below: {kind: switch, acs: off, below: [{kind: gpu, bars: {1: 1G 64 pref}, label: GPU0}, {kind: nic, label: NIC0}]}
steps:
  - {export: GPU0, bar: 1, ranges: 0+${size}M, as: buffer}
  - {attach: buffer, device: NIC0, as: mr}
  - {map: mr, as: dma}
  - {write: dma, length: ${size}M, data: {seed: 1}}
  - {read: dma, length: ${size}M}
`,
    'bench',
  );
  if (!read.ok || read.value.machine.kind !== 'described') throw new Error('lab: the scenario is damaged');
  const { scenario, machine } = read.value;
  return () => {
    const start = performance.now();
    const result = runScenario(scenario, machine.capture);
    const ms = performance.now() - start;
    const digest = result.ok ? result.value.events.at(-1)?.bytes?.hash : undefined;
    if (digest === undefined) throw new Error('lab: nothing was read');
    return { ms, hash: digest.toString(16).padStart(8, '0') };
  };
}
