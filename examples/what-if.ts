/** One pair under every release from 5.0 on, with and without an IOMMU. Run it with: npx tsx examples/what-if.ts */
import { analyze, calcMapTypeAndDist, factValue, imagine, type PciFunction, parseKernelRelease } from '../src/index.ts';
import { readMachine } from '../src/node/index.ts';

const capture = await readMachine('examples/machines/hgx-8gpu.yaml');
if (!capture.ok) throw new Error(capture.error.text);

const { machine, topology } = analyze(capture.value);
const labelled = (label: string) => (fn: PciFunction) => factValue(fn.captured.label) === label;
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
