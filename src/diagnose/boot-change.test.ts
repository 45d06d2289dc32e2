import { describe, expect, test } from 'vitest';
import { functionAt, smallTopology } from '../../test/support/small-machine.ts';
import { known } from '../capture/index.ts';
import { type P2pdmaMachine, p2pdmaMachine } from '../p2pdma/index.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM } from '../uapi/index.ts';
import { bootChange } from './boot-change.ts';
import type { IommuMode } from './iommu-boot.ts';

const topology = smallTopology([
  { bdf: '0000:00:01.0', type: PCI_EXP_TYPE_ROOT_PORT, secondary: 1, acs: [0x1f, 0x1d] },
  { bdf: '0000:01:00.0', type: PCI_EXP_TYPE_UPSTREAM, secondary: 2 },
  { bdf: '0000:02:04.0', type: PCI_EXP_TYPE_DOWNSTREAM, secondary: 3, acs: [0x1f, 0x1d] },
]);
const root = functionAt(topology, '0000:00:01.0');
const port = functionAt(topology, '0000:02:04.0');
const PORT = '0000:00:01.0/00.0/04.0';

/** The machine as booted with a command line. */
function bootedWith(cmdline: string): P2pdmaMachine {
  const { capture } = topology;
  const kernel = { ...capture.kernel, cmdline: known(cmdline) };
  return p2pdmaMachine({ ...topology, capture: { ...capture, kernel } });
}

const clear = { port, mask: 0x2c, bits: 0 };

describe('register changes as parameters', () => {
  test.each([
    ['no change', [], ''],
    ['clearing the redirect bits is disable_acs_redir', [clear], `pci=disable_acs_redir=${PORT}`],
    ['single bits are config_acs flags', [{ port, mask: 0xc, bits: 0x8 }], `pci=config_acs=10xx@${PORT}`],
    [
      'both stand in one option, ports separated by semicolons',
      [
        { port: root, mask: 0x1, bits: 0x1 },
        { port, mask: 0x1, bits: 0 },
        { port: root, mask: 0x2c, bits: 0 },
      ],
      `pci=disable_acs_redir=0000:00:01.0,config_acs=1@0000:00:01.0;0@${PORT}`,
    ],
  ])('%s', (_, edits, parameter) => {
    expect(bootChange(bootedWith(''), edits, undefined).words.text).toBe(parameter);
  });

  test('setpci writes the bits under the mask', () => {
    const { setpci } = bootChange(bootedWith(''), [{ port, mask: 0xc, bits: 0x8 }], undefined);
    expect(setpci).toEqual(['setpci -s 0000:02:04.0 ECAP_ACS+6.w=8:c']);
  });
});

describe('what the command line says already', () => {
  test.each([
    ['other options of pci= stay in one word', 'quiet pci=noats', `pci=noats,disable_acs_redir=${PORT}`, 'pci=noats'],
    [
      'several pci= become one',
      'pci=noats quiet pci=realloc',
      `pci=noats,realloc,disable_acs_redir=${PORT}`,
      'pci=noats pci=realloc',
    ],
    [
      'ports of the list that counts are taken up, those of an earlier list are not',
      'pci=disable_acs_redir=3:00.0 pci=disable_acs_redir=4:00.0',
      `pci=disable_acs_redir=${PORT};4:00.0`,
      'pci=disable_acs_redir=3:00.0 pci=disable_acs_redir=4:00.0',
    ],
    [
      'a config_acs that keeps the bits on counts more: its flags are changed',
      `intel_iommu=on pci=config_acs=xx111x1@${PORT};1@3:00.0`,
      `pci=config_acs=x010011@${PORT};1@3:00.0`.replace('x010011', 'x0100x1'),
      `pci=config_acs=xx111x1@${PORT};1@3:00.0`,
    ],
  ])('%s', (_, cmdline, text, replaces) => {
    expect(bootChange(bootedWith(cmdline), [clear], undefined).words).toMatchObject({ text, replaces });
  });

  test('a list that names the port already needs nothing', () => {
    const { words } = bootChange(bootedWith(`quiet pci=disable_acs_redir=${PORT}`), [clear], undefined);
    expect(words).toMatchObject({ text: '', replaces: '', cmdline: `quiet pci=disable_acs_redir=${PORT}` });
  });

  test.each<[IommuMode, string, string, string]>([
    ['pt', '', 'intel_iommu=on iommu.passthrough=1', ''],
    ['pt', 'intel_iommu=on,sm_on iommu=pt', 'iommu.passthrough=1', 'iommu=pt'],
    ['dma', 'intel_iommu=on iommu=pt,force', 'iommu=force iommu.passthrough=0 iommu.strict=1', 'iommu=pt,force'],
    ['dma-fq', 'intel_iommu=strict,on', 'intel_iommu=on iommu.passthrough=0 iommu.strict=0', 'intel_iommu=strict,on'],
    ['dma', 'amd_iommu=off intel_iommu=on', 'iommu.passthrough=0 iommu.strict=1', 'amd_iommu=off'],
    ['off', 'quiet intel_iommu=on,igfx_off', 'intel_iommu=off,igfx_off amd_iommu=off', 'intel_iommu=on,igfx_off'],
  ])('%s after "%s" is "%s" in place of "%s"', (mode, cmdline, text, replaces) => {
    expect(bootChange(bootedWith(cmdline), [], mode).words).toMatchObject({ text, replaces });
  });

  test('mode and registers together keep the rest of the line', () => {
    const { words } = bootChange(bootedWith('root=/dev/sda1 "a b" intel_iommu=on pci=noats'), [clear], 'off');
    expect(words.cmdline).toBe(
      `root=/dev/sda1 "a b" intel_iommu=off amd_iommu=off pci=noats,disable_acs_redir=${PORT}`,
    );
  });
});
