import { describe, expect, it } from 'vitest';
import { type SmallFunction, smallTopology } from '../../test/support/small-machine.ts';
import { ABSENT, known, type MachineCapture, NOT_IN_INPUT } from '../capture/index.ts';
import { buildTopology, machineCmdline } from '../pci/index.ts';
import { kernelVersion } from '../uapi/index.ts';
import { iommuModeWords } from './boot-words.ts';
import { type IommuMode, iommuBoot } from './iommu-boot.ts';

const at = (bdf: string, vendor: number, device: number, classCode: number): SmallFunction => ({
  bdf,
  vendor,
  device,
  classCode,
});
const INTEL = at('00:00.0', 0x8086, 0x09a2, 0x060000);
const AMD = at('00:00.0', 0x1022, 0x1480, 0x060000);
const AMD_IOMMU = at('00:00.2', 0x1022, 0x1481, 0x080600);
const VIRTUAL = at('00:00.0', 0x8086, 0x29c0, 0x060000);
const AMPERE = at('00:00.0', 0x1def, 0xe100, 0x060000);
const ENDPOINT: SmallFunction = { bdf: '01:00.0', type: 0 };
const GROUPED: SmallFunction = { ...ENDPOINT, group: 7 };

/** lspci output of those functions: nothing else is known. */
function boot(functions: readonly SmallFunction[], question: { cmdline?: string; asked?: IommuMode; kernel?: number }) {
  const plain = smallTopology(functions).capture;
  const capture: MachineCapture = {
    ...plain,
    source: { kind: 'lspci-text', name: 'lspci.txt' },
    rootBuses: NOT_IN_INPUT,
    iommuGroups: NOT_IN_INPUT,
    iommus: NOT_IN_INPUT,
  };
  const topology = buildTopology(capture);
  const kernel = kernelVersion(question.kernel ?? 7, 0);
  const text = question.asked === undefined ? (question.cmdline ?? '') : iommuModeWords('', question.asked).cmdline;
  return iommuBoot(topology, kernel, machineCmdline(topology, text), question.asked);
}

describe('whoever asks for an IOMMU mode gets an answer for that mode', () => {
  const MACHINES: readonly (readonly [string, readonly SmallFunction[]])[] = [
    ['Intel', [INTEL, ENDPOINT]],
    ['AMD', [AMD, AMD_IOMMU, ENDPOINT]],
    ['AMD, of some functions', [AMD, ENDPOINT]],
    ['a virtual machine', [VIRTUAL, ENDPOINT]],
    ['Arm', [AMPERE, ENDPOINT]],
    ['devices alone', [ENDPOINT]],
  ];
  it.each(
    MACHINES.flatMap(([name, fns]) =>
      (['dma', 'dma-fq', 'pt', 'off'] as const).map((mode) => [name, mode, fns] as const),
    ),
  )('%s, --iommu %s', (_name, asked, fns) => {
    const { runs, acs } = boot(fns, { asked });
    expect(runs).toBe(asked !== 'off');
    if (asked !== 'off') expect(acs).toBe(true);
  });

  it.each([
    ['6.19, whose ports of a device tree came before the request', 6, undefined],
    ['7.0', 7, true],
  ])('ACS of an Arm machine that may have a device tree: %s', (_what, kernel, acs) => {
    expect(boot([AMPERE, ENDPOINT], { asked: 'dma', kernel }).acs).toBe(acs);
    expect(boot([INTEL, ENDPOINT], { asked: 'dma', kernel }).acs).toBe(true);
  });

  it('says that the IOMMU is supposed, unless the input shows one', () => {
    expect(boot([INTEL, ENDPOINT], { asked: 'dma' }).supposed).toBe(true);
    expect(boot([VIRTUAL, ENDPOINT], { asked: 'dma' }).supposed).toBe(true);
    expect(boot([VIRTUAL, GROUPED], { asked: 'dma' }).supposed).toBe(false);
    expect(boot([AMD, AMD_IOMMU], { asked: 'dma' }).supposed).toBe(false);
  });
});

describe('intel_iommu=off', () => {
  it.each<[string, readonly SmallFunction[], boolean | undefined, boolean | undefined]>([
    ['turns VT-d and ACS off', [INTEL, ENDPOINT], false, false],
    ['turns them off in a virtual machine, which shows an AMD IOMMU if it has one', [VIRTUAL, ENDPOINT], false, false],
    ["does nothing where AMD's IOMMU is", [AMD, AMD_IOMMU, ENDPOINT], true, true],
    ['leaves open what an AMD machine does whose IOMMU is not shown', [AMD, ENDPOINT], undefined, undefined],
    ['is no option on Arm', [AMPERE, ENDPOINT], undefined, undefined],
    ['leaves open what a machine of no known kind does', [ENDPOINT], undefined, undefined],
  ])('%s', (_what, fns, runs, acs) => {
    const found = boot(fns, { cmdline: 'intel_iommu=off' });
    expect([found.runs, found.acs]).toEqual([runs, acs]);
  });
});

describe('intel_iommu=on', () => {
  it.each<[string, readonly SmallFunction[], boolean | undefined]>([
    ['supposes VT-d before an Intel processor', [INTEL, ENDPOINT], true],
    ['takes the IOMMU in use before an Intel processor for VT-d', [INTEL, GROUPED], true],
    ['supposes nothing where the processor is open', [VIRTUAL, ENDPOINT], undefined],
    ['is no option on Arm', [AMPERE, ENDPOINT], undefined],
  ])('%s', (_what, fns, runs) => {
    expect(boot(fns, { cmdline: 'intel_iommu=on' }).runs).toBe(runs);
  });
});

it('an absent group of a known processor does not make an IOMMU', () => {
  const plain = smallTopology([INTEL, ENDPOINT]).capture;
  const cpu = known({ vendorId: known('GenuineIntel'), family: known(6), modelName: ABSENT });
  const topology = buildTopology({ ...plain, cpu });
  expect(iommuBoot(topology, kernelVersion(7, 3), machineCmdline(topology, ''), undefined).runs).toBeUndefined();
});
