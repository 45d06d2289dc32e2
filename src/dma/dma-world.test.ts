import { describe, expect, test } from 'vitest';
import { functionAt, type SmallFunction, smallTopology } from '../../test/support/small-machine.ts';
import { type PhysAddr, rawText } from '../base/index.ts';
import { ABSENT, type CapturedIommu, known, type MachineCapture, NOT_IN_INPUT } from '../capture/index.ts';
import { capturedGrouping } from '../iommu/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../pci/index.ts';
import { DMA_ATTR_MMIO, DMA_BIDIRECTIONAL, kernelVersion, parseKernelCmdline } from '../uapi/index.ts';
import {
  buildDmaWorld,
  type DmaDevice,
  type DmaWorld,
  dmaBitMask,
  dmaMapPhys,
  dmaSetMaskAndCoherent,
} from './index.ts';

const KERNEL = kernelVersion(7, 3, 4);
const BAR = 0x38_0000_0000n as PhysAddr;

const FUNCTIONS: readonly SmallFunction[] = [
  { bdf: '00:01.0', type: 4, secondary: 1, group: 0 },
  { bdf: '01:00.0', type: 0, group: 1 },
  { bdf: '01:00.1', type: 0, group: 1 },
  { bdf: '02:00.0', type: 0, group: 2 },
];

const INTEL: CapturedIommu = {
  name: 'dmar0',
  kind: 'intel',
  cap: known('d2008c222f0606'),
  ecap: known('f00f4a'),
  features: ABSENT,
};
const SMMU: CapturedIommu = { ...INTEL, name: 'smmu3.0x0', kind: 'smmuv3', cap: ABSENT, ecap: ABSENT };

interface Changes {
  readonly type?: string;
  readonly iommu?: CapturedIommu;
  readonly cmdline?: string;
  readonly maskBits?: number;
}

function machine({ type = 'DMA', iommu = INTEL, cmdline = '', maskBits = 64 }: Changes = {}): PciTopology {
  const small = smallTopology(FUNCTIONS).capture;
  const msi = { start: 0xfee0_0000n, end: 0xfef0_0000n };
  const capture: MachineCapture = {
    ...small,
    functions: small.functions.map((fn) => ({ ...fn, dmaMaskBits: maskBits === 0 ? NOT_IN_INPUT : known(maskBits) })),
    kernel: { ...small.kernel, cmdline: known(cmdline) },
    iomem: known([
      { range: { start: 0x10_0000n, end: 0x4000_0000n }, name: rawText('System RAM'), depth: 0 },
      { range: { start: 0xffff_f000n, end: 0x1_0000_0000n }, name: rawText('PCI Bus 0000:00'), depth: 0 },
    ]),
    iommus: known([iommu]),
    iommuGroups: known(
      [0, 1, 2].map((id) => ({
        id,
        type: known(rawText(type)),
        reservedRegions: known([{ range: msi, type: 'msi' as const }]),
        devices: small.functions
          .filter((fn) => fn.iommuGroup.state === 'known' && fn.iommuGroup.value === id)
          .map((fn) => fn.bdf),
      })),
    ),
  };
  return buildTopology(capture);
}

function device(world: DmaWorld, fn: PciFunction): DmaDevice {
  const made = world.device(fn);
  if (made.state !== 'known') throw new Error(`no device: ${made.state}`);
  return made.value;
}

function firstPage(topology: PciTopology, world: DmaWorld, bdf: string): string {
  const mapped = dmaMapPhys(device(world, functionAt(topology, bdf)), BAR, 0x1000n, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
  return mapped.ok ? `${mapped.value.space} ${mapped.value.addr.toString(16)}` : mapped.errno;
}

describe('a DMA world', () => {
  test('the windows of the own host bridge are not given out, and a group shares its addresses', () => {
    const topology = machine();
    const world = buildDmaWorld(topology, { kernel: KERNEL });
    expect(firstPage(topology, world, '01:00.0')).toBe('iova ffffe000');
    expect(firstPage(topology, world, '01:00.1')).toBe('iova ffffd000');
    expect(firstPage(topology, world, '00:01.0')).toBe('iova ffffe000');
    expect(firstPage(topology, world, '02:00.0')).toBe('iova fffff000');
    expect(world.inferred).toEqual([]);
  });

  const boots: [string, Changes, string | undefined, string][] = [
    ['identity groups use dma-direct', { type: 'identity' }, undefined, 'phys 3800000000'],
    ['forcedac goes to the top', { cmdline: 'iommu.forcedac=1' }, undefined, 'iova fffffffff000'],
    ['what if iommu=pt', {}, 'iommu=pt', 'phys 3800000000'],
    ['what if it were translated', { type: 'identity', cmdline: 'iommu=pt' }, '', 'iova ffffe000'],
    ['what if with forcedac', {}, 'iommu.forcedac=1', 'iova fffffffff000'],
    ['a mask of 32 bits without an IOMMU', { type: 'identity', maskBits: 32 }, undefined, 'ENOMEM'],
  ];
  test.each(boots)('%s', (_, changes, whatIf, expected) => {
    const topology = machine(changes);
    const boot =
      whatIf === undefined
        ? {}
        : { whatIf: { cmdline: parseKernelCmdline(whatIf), grouping: capturedGrouping(topology) } };
    expect(firstPage(topology, buildDmaWorld(topology, { kernel: KERNEL, ...boot }), '01:00.0')).toBe(expected);
  });

  test('what if there were no IOMMU: dma-direct', () => {
    const topology = machine();
    const whatIf = { cmdline: parseKernelCmdline('intel_iommu=off'), grouping: undefined };
    const world = buildDmaWorld(topology, { kernel: KERNEL, whatIf });
    expect(world.domainType(functionAt(topology, '01:00.0')).state).toBe('absent');
    expect(firstPage(topology, world, '01:00.0')).toBe('phys 3800000000');
  });

  test('on SMMUv3 a group with MSI in use has its doorbell at the first address', () => {
    const topology = machine({ iommu: SMMU });
    const port = functionAt(topology, '00:01.0');
    (port as { msiEnabled: PciFunction['msiEnabled'] }).msiEnabled = known(true);
    const world = buildDmaWorld(topology, { kernel: KERNEL, msiDoorbell: 0x809_0000n as PhysAddr });
    expect(firstPage(topology, world, '00:01.0')).toBe('iova ffffd000');
    expect(firstPage(topology, world, '02:00.0')).toBe('iova fffff000');
    const doorbell = device(world, port).domain?.pageTable.find(0xffffe);
    expect(doorbell?.phys).toBe(0x8090);
    expect(world.inferred.map(({ code }) => code)).toContain('msi-doorbell');
  });

  test('and with forcedac the doorbell is where that mask ends, as other addresses are', () => {
    const topology = machine({ iommu: SMMU, cmdline: 'iommu.forcedac=1' });
    const port = functionAt(topology, '00:01.0');
    (port as { msiEnabled: PciFunction['msiEnabled'] }).msiEnabled = known(true);
    const world = buildDmaWorld(topology, { kernel: KERNEL, msiDoorbell: 0x809_0000n as PhysAddr });
    const { domain } = device(world, port);
    expect(domain?.pageTable.runs().map(({ iova, phys }) => [iova.toString(16), phys])).toEqual([
      ['fffffffff', 0x8090],
    ]);
  });

  test.each([
    ['all RAM, where that ends below the lowest zone', 0x80_0000n, 22, 23],
    ['the lowest zone, of a machine with more', 0x4000_0000n, 23, 24],
  ] as const)('without an IOMMU a mask must cover %s', (_, ramEnd, short, enough) => {
    const { capture } = smallTopology(FUNCTIONS);
    const ram = { range: { start: 0n, end: ramEnd }, name: rawText('System RAM'), depth: 0 };
    const topology = buildTopology({ ...capture, iomem: known([ram]) });
    const whatIf = { cmdline: parseKernelCmdline(''), grouping: undefined };
    const world = buildDmaWorld(topology, { kernel: KERNEL, assumedMaskBits: 64, whatIf });
    const dev = device(world, functionAt(topology, '01:00.0'));
    const answers = [short, enough].map((bits) => dmaSetMaskAndCoherent(dev, dmaBitMask(bits)).ok);
    expect(answers).toEqual([false, true]);
  });

  test('a function whose mask was not read stays unknown, unless a mask is assumed', () => {
    const topology = machine({ maskBits: 0 });
    const fn = functionAt(topology, '01:00.0');
    expect(buildDmaWorld(topology, { kernel: KERNEL }).device(fn).state).toBe('unreadable');
    const world = buildDmaWorld(topology, { kernel: KERNEL, assumedMaskBits: 32 });
    expect(device(world, fn).dmaMask).toBe(0xffff_ffffn);
    expect(world.inferred.map(({ code }) => code)).toEqual(['dma-mask']);
  });

  test('time passes in every domain', () => {
    const topology = machine({ type: 'DMA-FQ' });
    const world = buildDmaWorld(topology, { kernel: KERNEL });
    const { domain } = device(world, functionAt(topology, '01:00.0'));
    domain?.flushQueue?.add(1, 1);
    world.elapse(10);
    expect(domain?.snapshot().queued).toEqual([]);
  });
});
