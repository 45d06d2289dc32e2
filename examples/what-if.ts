/** One pair under every release from 5.0 on, with and without an IOMMU. As `--kernel` and `--iommu` of every command ask. */
import { fileURLToPath } from 'node:url';
import {
  analyze,
  calcMapTypeAndDist,
  factValue,
  imagine,
  type PciFunction,
  parseKernelRelease,
  unshown,
} from 'peerpath';
import { readMachine } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/hgx-8gpu.yaml', import.meta.url));
const capture = await readMachine(file);
if (!capture.ok) throw new Error(capture.error.text);

const { machine, topology } = analyze(capture.value);
const labelled = (label: string) => (fn: PciFunction) => unshown(factValue(fn.captured.label)) === label;
const gpu = topology.functions.find(labelled('GPU0'));
const nic = topology.functions.find(labelled('NIC0'));
if (gpu === undefined || nic === undefined) throw new Error('the machine has a GPU0 and a NIC0');

for (const release of ['5.0', '5.4', '6.1', '6.12', '7.3']) {
  const answers = (['off', 'pt', 'dma'] as const).map((iommu) => {
    const kernel = parseKernelRelease(release);
    const { mapType } = calcMapTypeAndDist(imagine(machine, { kernel, iommu }).machine, gpu, nic);
    return `${iommu} ${mapType.replace('PCI_P2PDMA_MAP_', '')}`;
  });
  console.log(`${release}: ${answers.join(', ')}`);
}
