/** From a machine to adapters and drives for all of its GPUs. */
import { assert } from '../src/base/index.ts';
import { nearestDevices } from '../src/diagnose/index.ts';
import { readMachineDescription } from '../src/lab/index.ts';
import { p2pdmaMachine } from '../src/p2pdma/index.ts';
import { buildTopology } from '../src/pci/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { type SwitchedMachine, switchedMachineText } from './switched-machine.ts';

/** 8, 16 and 64 GPUs. */
const MACHINES: readonly SwitchedMachine[] = [
  { name: '8-gpus-8-nics-16-drives', hostBridges: 4, switches: 1, gpus: 2, nics: 2, drives: 4 },
  { name: '16-gpus-16-nics-32-drives', hostBridges: 4, switches: 1, gpus: 4, nics: 4, drives: 8 },
  { name: '64-gpus-64-nics-128-drives', hostBridges: 8, switches: 2, gpus: 4, nics: 4, drives: 8 },
];

function gpusOf({ hostBridges, switches, gpus }: SwitchedMachine): number {
  return hostBridges * switches * gpus;
}

/** `nearestDevices`, with the proof that no assignment is better. There is nothing native to compare it with. */
export function* nearBench(settings: BenchSettings): Generator<Figure> {
  for (const described of MACHINES.filter((each) => gpusOf(each) ** 2 <= settings.most)) {
    const read = readMachineDescription(switchedMachineText(described), described.name);
    assert(read.ok, 'the description is a machine');
    const machine = p2pdmaMachine(buildTopology(read.value));
    const model = (): Run => {
      const start = performance.now();
      const near = nearestDevices(machine);
      const ms = performance.now() - start;
      const hash = new Hash();
      for (const { neighbour } of near.assignment?.pairs ?? []) {
        hash.word(neighbour.gpu.bdf);
        hash.word(neighbour.device.bdf);
      }
      hash.word(near.assignment?.proved === true ? 1 : 0);
      return { ms, hash: String(hash) };
    };
    yield measure({ name: `near/${described.name}`, n: 1, model }, settings);
  }
}
