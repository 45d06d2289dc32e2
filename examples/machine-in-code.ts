/** A machine described in code, then shown whole: devices, tree, all pairs. As `peerpath devices`, `tree`, `matrix` do. */
import {
  analyze,
  answerAllPairs,
  cellMapType,
  deviceNames,
  devicesSheet,
  factValue,
  matrixCell,
  PLAIN,
  sheetText,
  treeSheet,
} from 'peerpath';
import { readMachineDescription } from 'peerpath/lab';

/** A switch with a GPU and an adapter below it; what its ports redirect. YAML reads JSON, so a description may be an object. */
const below = (acs: 'off' | 'SV RR CR UF') => ({
  kind: 'root-port',
  below: {
    kind: 'switch',
    acs,
    below: [
      { kind: 'gpu', label: acs === 'off' ? 'GPU0' : 'GPU1' },
      { kind: 'nic', label: acs === 'off' ? 'NIC0' : 'NIC1' },
    ],
  },
});
const description = {
  'peerpath-machine': 1,
  kernel: '7.3.4',
  cpu: { vendor: 'GenuineIntel', family: 6 },
  iommu: { kind: 'intel', type: 'DMA' },
  'host-bridges': [{ id: '8086:09a2', devices: [below('SV RR CR UF'), below('off')] }],
};

const capture = readMachineDescription(JSON.stringify(description), 'two switches');
if (!capture.ok) throw new Error(capture.error.text);
const analysis = analyze(capture.value);
const subject = { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };
console.log(sheetText(treeSheet(subject), PLAIN));
console.log(sheetText(devicesSheet(subject), PLAIN).split('\n')[0]);

const endpoints = analysis.topology.functions.filter((fn) => factValue(fn.captured.label) !== undefined);
const matrix = answerAllPairs(analysis, endpoints);
for (const provider of endpoints)
  console.log(
    factValue(provider.captured.label),
    endpoints.map((client) => cellMapType(matrixCell(matrix, provider, client))).join(' '),
  );
