import { describe, expect, test } from 'vitest';
import { functionAt, smallTopology } from '../../test/support/small-machine.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM } from '../uapi/index.ts';
import { acsParameters } from './acs-parameters.ts';

const topology = smallTopology([
  { bdf: '0000:00:01.0', type: PCI_EXP_TYPE_ROOT_PORT, secondary: 1, acs: [0x1f, 0x1d] },
  { bdf: '0000:01:00.0', type: PCI_EXP_TYPE_UPSTREAM, secondary: 2 },
  { bdf: '0000:02:04.0', type: PCI_EXP_TYPE_DOWNSTREAM, secondary: 3, acs: [0x1f, 0x1d] },
]);
const root = functionAt(topology, '0000:00:01.0');
const port = functionAt(topology, '0000:02:04.0');

describe('register changes as parameters', () => {
  test.each([
    ['no change', [], ''],
    [
      'clearing the redirect bits is disable_acs_redir',
      [{ port, mask: 0x2c, bits: 0 }],
      'pci=disable_acs_redir=0000:00:01.0/00.0/04.0',
    ],
    [
      'single bits are config_acs flags',
      [{ port, mask: 0xc, bits: 0x8 }],
      'pci=config_acs=10xx@0000:00:01.0/00.0/04.0',
    ],
    [
      'both stand in one option, ports separated by semicolons',
      [
        { port: root, mask: 0x1, bits: 0x1 },
        { port, mask: 0x1, bits: 0 },
        { port: root, mask: 0x2c, bits: 0 },
      ],
      'pci=disable_acs_redir=0000:00:01.0,config_acs=1@0000:00:01.0;0@0000:00:01.0/00.0/04.0',
    ],
  ])('%s', (_, edits, parameter) => {
    expect(acsParameters(edits).kernelParameter).toBe(parameter);
  });

  test('setpci writes the bits under the mask', () => {
    expect(acsParameters([{ port, mask: 0xc, bits: 0x8 }]).setpci).toEqual(['setpci -s 0000:02:04.0 ECAP_ACS+6.w=8:c']);
  });
});
