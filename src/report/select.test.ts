import { expect, test } from 'vitest';
import { assert } from '../base/index.ts';
import { readMachineDescription } from '../lab/index.ts';
import { buildTopology } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { deviceNames, selectFunctions } from './index.ts';

const MACHINE = `peerpath-machine: 1
kernel: 7.3.4
host-bridges:
  - devices:
      - {kind: root-port, slot: 1, below: {kind: switch, below: [{kind: gpu, label: left}, {kind: gpu}, {kind: nic}]}}
`;

test.each([
  ['left', ['03:00.0']],
  ['0000:04:00.0', ['04:00.0']],
  ['05:00.0', ['05:00.0']],
  ['gpu', ['03:00.0', '04:00.0']],
  ['GPU', ['03:00.0', '04:00.0']],
  ['0000:0[34]*', []],
  ['0000:04*', ['04:00.0']],
  ['l*', ['03:00.0']],
  ['nothing', []],
  [' ', []],
])('%s selects %j', (text, expected) => {
  const read = readMachineDescription(MACHINE, 'x.yaml');
  assert(read.ok, read.ok ? '' : read.error.text);
  const topology = buildTopology(read.value);
  const found = selectFunctions(topology, deviceNames(topology, undefined), text);
  expect(found.map(({ bdf }) => formatBdf(bdf).slice(5))).toEqual(expected);
});
