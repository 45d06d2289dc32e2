/** A story told in code: a NIC writes into a GPU, and the GPU is reset meanwhile. As `peerpath lab` plays one from a file. */
import { eventText, openScenario, readMachineDescription, type Scenario } from 'peerpath/lab';

const machine = readMachineDescription(
  `peerpath-machine: 1
kernel: 7.3.4
cpu: {vendor: GenuineIntel, family: 6}
iommu: {kind: intel, type: DMA}
host-bridges:
  - id: 8086:09a2
    devices:
      - {kind: root-port, below: {kind: gpu, label: GPU0}}
      - {kind: root-port, below: {kind: nic, label: NIC0}}
`,
  'two root ports',
);
if (!machine.ok) throw new Error(machine.error.text);

const scenario: Scenario = {
  name: 'reset while writing',
  steps: [
    { action: 'export', device: 'GPU0', bar: 1, ranges: [{ offset: 0n, length: 1n << 20n }], as: 'memory' },
    {
      action: 'attach',
      buffer: 'memory',
      device: 'NIC0',
      importer: 'dynamic',
      maskBits: 64,
      onInvalidate: 'unmap',
      as: 'mr',
    },
    { action: 'map', attachment: 'mr', as: 'dma' },
    write('done'),
    { action: 'reset', device: 'GPU0' },
    write('stopped'),
  ],
};

function write(outcome: 'done' | 'stopped'): Scenario['steps'][number] {
  const target = { kind: 'mapping', mapping: 'dma', offset: 0n } as const;
  const step = { action: 'write', target, length: 4096n, data: { seed: 1 } } as const;
  return outcome === 'done' ? step : { ...step, expect: { stopped: 'iommu-fault' } };
}

const run = openScenario(scenario, machine.value);
if (!run.ok) throw new Error(run.error.text);
for (const event of run.value) console.log(eventText(run.value.lab, event));
console.log(run.value.state);
