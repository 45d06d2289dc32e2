import { describe, expect, it } from 'vitest';
import {
  functionAt,
  type SmallFunction,
  type SmallMachine,
  smallTopology,
} from '../../../test/support/small-machine.ts';

import { kernelVersion, parseKernelCmdline } from '../../uapi/index.ts';
import { acsControl } from './acs-control.ts';
import { type AcsRequestFacts, acsRequested, runningAcsRequested } from './acs-request.ts';
import { firmwareAcs, predictAcs } from './predict-acs.ts';

const KERNEL = kernelVersion(7, 3, 4);

describe('firmwareAcs', () => {
  it.each([
    ['a kernel that left ACS alone shows what firmware set', false, '', 0x41, { value: 0x41, known: 0xffff }],
    ['the default bits of the capability hide it', true, '', 0x5d, { value: 0x40, known: 0xffe2 }],
    ['a default bit that the capability lacks does not', true, '', 0x1c, { value: 0, known: 0xffe2 }],
    ['translation blocking may be Linux or firmware', true, '', 0x1f, { value: 0, known: 0xffe0 }],
    [
      'redirect bits are hidden by disable_acs_redir',
      false,
      'pci=disable_acs_redir=02:00.0',
      0x11,
      { value: 0x11, known: 0xffd3 },
    ],
    ['bits named in config_acs are hidden', false, 'pci=config_acs=1x0@02:00.0', 0x4c, { value: 0x48, known: 0xfffa }],
    [
      'a list for another port hides nothing',
      false,
      'pci=config_acs=1x0@02:01.0',
      0x4c,
      { value: 0x4c, known: 0xffff },
    ],
  ])('%s', (_rule, requested, cmdline, ctrl, expected) => {
    const topology = smallTopology([{ bdf: '02:00.0', type: 6, acs: [0x5f, ctrl] }]);
    const firmware = firmwareAcs({ requested, cmdline: parseKernelCmdline(cmdline) });
    expect(firmware(functionAt(topology, '02:00.0'))).toEqual(expected);
  });

  it('knows nothing when the command line is not in the input', () => {
    const topology = smallTopology([{ bdf: '02:00.0', type: 6, acs: [0x5f, 0x1d] }]);
    expect(firmwareAcs({ requested: false, cmdline: undefined })(functionAt(topology, '02:00.0')).known).toBe(0);
  });
});

describe('predictAcs', () => {
  const topology = smallTopology([
    { bdf: '00:04.0', type: 4, acs: [0x5f, 0], secondary: 1 },
    { bdf: '01:00.0', type: 0 },
    { bdf: '00:05.0', type: 4, acs: [0x1d, 0], readable: 256 },
  ]);
  const predict = (cmdline: string, kernel = KERNEL) =>
    predictAcs(topology, { kernel, cmdline: parseKernelCmdline(cmdline), requested: true }, () => acsControl(0));

  it('answers for the functions that are known to have the capability', () => {
    expect([...predict('').outcomes.keys()]).toEqual([functionAt(topology, '00:04.0')]);
  });

  it.each([
    ['pci=config_acs=1@00:04.0', KERNEL, []],
    ['pci=config_acs=1@00:06.0', KERNEL, ['no-device-matches']],
    ['pci=disable_acs_redir=01:00.0', KERNEL, ['no-device-matches']],
    ['pci=config_acs=1@00:04.0', kernelVersion(6, 8), ['needs-newer-kernel']],
  ])('%s on %o: notes %j', (cmdline, kernel, notes) => {
    expect(predict(cmdline, kernel).notes.map(({ code }) => code)).toEqual(notes);
  });
});

describe('acsRequested', () => {
  const facts = (changes: Partial<AcsRequestFacts> & { line?: string }): AcsRequestFacts => ({
    iommu: 'none',
    kernel: KERNEL,
    config: new Map(),
    deviceTree: false,
    ...changes,
    cmdline: parseKernelCmdline(changes.line ?? ''),
  });
  const builtOn = new Map([['CONFIG_INTEL_IOMMU_DEFAULT_ON', 'y']]);

  it.each([
    ['no IOMMU', {}, false],
    ['an IOMMU of unknown kind', { iommu: undefined }, undefined],
    ['Intel, on', { iommu: 'intel', line: 'intel_iommu=on' }, true],
    ['Intel, pass-through', { iommu: 'intel', line: 'intel_iommu=on iommu=pt' }, true],
    ['Intel, off', { iommu: 'intel', line: 'intel_iommu=off', config: builtOn }, false],
    ['Intel, iommu=off', { iommu: 'intel', line: 'intel_iommu=on iommu=off' }, false],
    ['Intel, built on', { iommu: 'intel', config: builtOn }, true],
    ['Intel, built off: firmware may still ask for it', { iommu: 'intel' }, undefined],
    ['AMD', { iommu: 'amd' }, true],
    ['AMD, off: ACS is on all the same', { iommu: 'amd', line: 'amd_iommu=off' }, true],
    ['AMD, iommu=off', { iommu: 'amd', line: 'iommu=off' }, undefined],
    ['SMMU, ACPI', { iommu: 'smmuv3', kernel: kernelVersion(6, 19) }, true],
    ['SMMU, device tree', { iommu: 'smmuv3', deviceTree: true }, true],
    ['SMMU, device tree, before 7.0', { iommu: 'smmuv3', deviceTree: true, kernel: kernelVersion(6, 19) }, undefined],
    ['SMMU, either', { iommu: 'smmuv3', deviceTree: undefined }, true],
    ['SMMU, either, before 7.0', { iommu: 'smmuv3', deviceTree: undefined, kernel: kernelVersion(6, 19) }, undefined],
    ['no IOMMU, device tree', { deviceTree: true }, true],
  ] as const)('%s: %s', (_what, changes, expected) => {
    expect(acsRequested(facts(changes))).toBe(expected);
  });
});

describe('runningAcsRequested', () => {
  const amd: SmallFunction = { bdf: '00:00.2', classCode: 0x080600, vendor: 0x1022 };
  const endpoint: SmallFunction = { bdf: '00:03.0', type: 0 };
  const run = (fns: SmallFunction[], line: string, machine: SmallMachine = {}) =>
    runningAcsRequested(smallTopology(fns, machine), KERNEL, parseKernelCmdline(line));

  it.each([
    ['a group shows that an IOMMU is used', run([{ ...endpoint, group: 0 }], ''), true],
    ['no groups, no IOMMU', run([endpoint], ''), false],
    ['an AMD IOMMU that is off', run([amd, endpoint], 'amd_iommu=off'), true],
    ['an AMD IOMMU and iommu=off', run([amd, endpoint], 'iommu=off'), undefined],
    ['a device tree', run([endpoint], '', { deviceTree: true }), true],
  ])('%s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });
});
