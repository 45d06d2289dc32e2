import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SmallFunction, smallTopology } from '../../../test/support/small-machine.ts';
import { ABSENT, type Fact, factValue, known, type MachineCapture, NOT_IN_INPUT } from '../../capture/index.ts';
import { buildTopology } from '../build-topology.ts';
import { isInferred } from './evidence.ts';
import { cmdlineArch, type Platform } from './platform.ts';

interface Told {
  readonly vendorId?: Fact<string>;
  readonly family?: number;
  readonly modelName?: string;
  readonly release?: string;
  readonly cmdline?: string;
  readonly config?: readonly (readonly [string, string])[];
  readonly iommu?: 'intel' | 'amd' | 'smmuv3';
  readonly node?: string;
  readonly groups?: MachineCapture['iommuGroups'];
  readonly uname?: readonly ('x86' | 'arm64')[];
  readonly ivhdEfr?: bigint;
}

/** A machine of those functions about which nothing is known but what is told. */
function platform(functions: readonly SmallFunction[], told: Told = {}): Platform {
  const plain = smallTopology(functions).capture;
  const hasCpu = told.vendorId !== undefined || told.family !== undefined || told.modelName !== undefined;
  const cpu = {
    vendorId: told.vendorId ?? NOT_IN_INPUT,
    family: told.family === undefined ? NOT_IN_INPUT : known(told.family),
    modelName: told.modelName === undefined ? NOT_IN_INPUT : known(told.modelName),
  };
  const roots = { domain: 0, bus: 0, firmwareInstance: NOT_IN_INPUT };
  return buildTopology({
    ...plain,
    cpu: hasCpu ? known(cpu) : NOT_IN_INPUT,
    kernel: {
      ...plain.kernel,
      release: told.release === undefined ? NOT_IN_INPUT : known(told.release),
      cmdline: told.cmdline === undefined ? NOT_IN_INPUT : known(told.cmdline),
      config: told.config === undefined ? NOT_IN_INPUT : known(new Map(told.config)),
    },
    rootBuses: told.node === undefined ? NOT_IN_INPUT : known([{ ...roots, platformNode: known(told.node) }]),
    parts: (told.uname ?? []).map((architecture) => ({
      origin: { source: 'text', passage: 'kernel-version', line: 1 },
      architecture: [{ architecture, words: 'uname' }],
      findings: [],
    })),
    ivhdEfr: told.ivhdEfr === undefined ? NOT_IN_INPUT : known(told.ivhdEfr),
    iommuGroups: told.groups ?? NOT_IN_INPUT,
    iommus:
      told.iommu === undefined
        ? NOT_IN_INPUT
        : known([{ name: `${told.iommu}0`, kind: told.iommu, cap: ABSENT, ecap: ABSENT, features: ABSENT }]),
  }).platform;
}

const hostBridge = (vendor: number, device: number): SmallFunction => ({
  bdf: '00:00.0',
  vendor,
  device,
  classCode: 0x060000,
});
const rootPort = (vendor: number, device: number): SmallFunction => ({
  bdf: '00:01.0',
  type: 4,
  secondary: 1,
  vendor,
  device,
  classCode: 0x060400,
});
const amd = known('AuthenticAMD');

describe('host bridges and root ports tell architecture, maker, and whether the processor is a Zen', () => {
  it.each<[string, SmallFunction, string | undefined, string | undefined, boolean | undefined]>([
    ['Intel Ice Lake', hostBridge(0x8086, 0x09a2), 'x86', 'intel', false],
    ['an Intel root port', rootPort(0x8086, 0x2030), 'x86', 'intel', false],
    ['440FX, any processor', hostBridge(0x8086, 0x1237), 'x86', undefined, undefined],
    ['Q35, any processor', hostBridge(0x8086, 0x29c0), 'x86', undefined, undefined],
    ['440BX with AGP, VMware', hostBridge(0x8086, 0x7190), 'x86', undefined, undefined],
    ['440BX without, Hyper-V', hostBridge(0x8086, 0x7192), 'x86', undefined, undefined],
    ["QEMU's Intel root port, any machine", rootPort(0x8086, 0x3420), undefined, undefined, undefined],
    ["QEMU's own host bridge, any machine", hostBridge(0x1b36, 0x0008), undefined, undefined, undefined],
    ['Zen 1 root complex', hostBridge(0x1022, 0x1450), 'x86', 'amd', true],
    ['Zen 5 root complex', hostBridge(0x1022, 0x153a), 'x86', 'amd', true],
    ['Zen dummy host bridge', hostBridge(0x1022, 0x1482), 'x86', 'amd', true],
    ['Zen root port', rootPort(0x1022, 0x1483), 'x86', 'amd', true],
    ['Zen 3 data fabric', hostBridge(0x1022, 0x1650), 'x86', 'amd', true],
    ['family 15h root complex', hostBridge(0x1022, 0x1410), 'x86', 'amd', false],
    ['family 14h root port', rootPort(0x1022, 0x1512), 'x86', 'amd', false],
    ['an AMD id that no list has', hostBridge(0x1022, 0x7777), 'x86', 'amd', undefined],
    ["bhyve's AMD host bridge", hostBridge(0x1022, 0x7432), 'x86', undefined, undefined],
    ["AMD's Arm processor", hostBridge(0x1022, 0x1a00), 'arm64', 'other', false],
    ['Hygon has another vendor name than AMD', hostBridge(0x1d94, 0x1450), 'x86', 'hygon', false],
    ['Zhaoxin', rootPort(0x1d17, 0x0717), 'x86', 'zhaoxin', false],
    ['ATI chipsets were gone before Zen', hostBridge(0x1002, 0x5a14), 'x86', undefined, false],
    ['Rockchip', rootPort(0x1d87, 0x0100), 'arm64', 'other', false],
    ['Huawei', rootPort(0x19e5, 0xa120), 'arm64', 'other', false],
    ['Ampere', hostBridge(0x1def, 0xe100), 'arm64', 'other', false],
    ['NVIDIA Grace', rootPort(0x10de, 0x22b1), 'arm64', 'other', false],
    ['an NVIDIA root port of another kind', rootPort(0x10de, 0x0001), undefined, undefined, false],
    ['Loongson: of two architectures', rootPort(0x0014, 0x7a29), 'other', 'other', false],
    ['POWER9', rootPort(0x1014, 0x04c1), 'ppc64', 'other', false],
    ['an old IBM chipset for Intel', rootPort(0x1014, 0x0308), undefined, undefined, false],
    ['SiFive', rootPort(0xf15e, 0x0000), 'riscv', 'other', false],
    [
      'an Intel card is no chipset',
      { bdf: '00:01.0', type: 0, vendor: 0x8086, device: 0x1593 },
      undefined,
      undefined,
      undefined,
    ],
    [
      'an Intel downstream port is no root port',
      { ...rootPort(0x8086, 0x15d3), type: 6 },
      undefined,
      undefined,
      undefined,
    ],
  ])('%s', (_what, fn, architecture, maker, zen) => {
    const found = platform([fn]);
    expect([factValue(found.architecture), factValue(found.cpuMaker), factValue(found.zen)]).toEqual([
      architecture,
      maker,
      zen,
    ]);
    for (const fact of [found.architecture, found.zen]) {
      if (fact.state === 'known')
        expect([fact.evidence.code, isInferred(fact.evidence)]).toEqual(['root-complex', true]);
    }
  });

  it('says which emulated host bridge leaves it open', () => {
    const { zen } = platform([hostBridge(0x8086, 0x29c0)]);
    expect(zen.state === 'unreadable' && zen.why).toContain('0000:00:00.0 [8086:29c0]');
  });

  it('says nothing where functions contradict each other', () => {
    const { zen } = platform([hostBridge(0x1022, 0x1450), rootPort(0x8086, 0x2030)]);
    expect(zen.state === 'unreadable' && zen.why).toContain('contradict');
  });
});

describe('what the input says of the processor counts more than what its chipset implies', () => {
  it.each<[string, Told, boolean | undefined]>([
    ['AMD family 16h', { vendorId: amd, family: 0x16 }, false],
    ['AMD family 17h', { vendorId: amd, family: 0x17 }, true],
    ['AMD family 1ah', { vendorId: amd, family: 0x1a }, true],
    ['AMD of no family: the name', { vendorId: amd, modelName: 'AMD EPYC 9654 96-Core Processor' }, true],
    ['AMD of no family, older name', { vendorId: amd, modelName: 'AMD Opteron(tm) Processor 6276' }, false],
    ['a name with a family, as the kernel log has it', { modelName: 'AMD Eng Sample: 100', family: 0x1a }, true],
    ['a name with an older family', { modelName: 'AMD Eng Sample: 100', family: 0x15 }, false],
    ['Hygon', { vendorId: known('HygonGenuine'), family: 0x18 }, false],
    ['Intel', { vendorId: known('GenuineIntel'), family: 6 }, false],
    ['an Intel name', { modelName: 'Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz' }, false],
    ['a Ryzen name', { modelName: 'AMD Ryzen Threadripper PRO 3975WX 32-Cores' }, true],
    ['no vendor line: no x86', { vendorId: ABSENT }, false],
    ['an arm64 release', { release: '6.8.0-1018-nvidia-64k.aarch64' }, false],
    ['a name that tells nothing: the chipset', { modelName: 'pc-q35-7.2' }, true],
    ['nothing: the chipset', {}, true],
  ])('%s', (_what, told, zen) => {
    expect(factValue(platform([hostBridge(0x1022, 0x1480)], told).zen)).toBe(zen);
  });
});

describe('the architecture, by the first that tells', () => {
  const intel = hostBridge(0x8086, 0x09a2);
  it.each<[string, readonly SmallFunction[], Told, string | undefined, string | undefined]>([
    ['vendor line', [], { vendorId: known('GenuineIntel') }, 'x86', 'cpu-vendor'],
    ['no vendor line', [], { vendorId: ABSENT }, 'other', 'cpu-vendor'],
    ['no vendor line, release', [], { vendorId: ABSENT, release: '7.3.4-arm64' }, 'arm64', 'release'],
    ['no vendor line, root port', [rootPort(0x1def, 0xe101)], { vendorId: ABSENT }, 'arm64', 'root-complex'],
    ['no vendor line counts more than a chipset', [intel], { vendorId: ABSENT }, 'other', 'cpu-vendor'],
    ['uname', [], { uname: ['x86'] }, 'x86', 'words'],
    [
      'uname counts more than a release without an ending',
      [],
      { uname: ['arm64'], release: '6.8.0-45-generic' },
      'arm64',
      'words',
    ],
    ['two that contradict each other tell nothing', [], { uname: ['arm64', 'x86'] }, undefined, undefined],
    [
      'lscpu names vendors of others, too',
      [],
      { vendorId: known('ARM'), modelName: 'Neoverse-N1' },
      'arm64',
      'cpu-name',
    ],
    ['configuration', [], { config: [['CONFIG_RISCV', 'y']] }, 'riscv', 'config'],
    ['an option that is off tells nothing', [], { config: [['CONFIG_X86', 'n']] }, undefined, undefined],
    ['Debian x86', [], { release: '6.12.107+deb13-amd64' }, 'x86', 'release'],
    ['Fedora', [], { release: '6.19.3-200.fc43.x86_64' }, 'x86', 'release'],
    ['el9 arm64', [], { release: '5.14.0-570.12.1.el9_6.aarch64' }, 'arm64', 'release'],
    ['POWER', [], { release: '5.14.0-70.el9.ppc64le' }, 'ppc64', 'release'],
    ['Tegra', [], { release: '5.15.148-tegra' }, 'arm64', 'release'],
    ['32 bits', [], { release: '6.1.0-9-armmp' }, 'arm', 'release'],
    ['Loongson', [], { release: '6.6.0-28.loongarch64' }, 'loongarch', 'release'],
    ['a release without one', [], { release: '6.8.0-45-generic' }, undefined, undefined],
    ['name of the processor', [], { modelName: 'Neoverse-N1' }, 'arm64', 'cpu-name'],
    ['VT-d', [], { iommu: 'intel' }, 'x86', 'iommu'],
    ['SMMUv3', [], { iommu: 'smmuv3' }, 'arm64', 'iommu'],
    ['a device tree', [], { node: '4010000000.pcie' }, 'other', 'device-tree'],
    [
      'a chipset counts more than a device tree',
      [rootPort(0x1d87, 0x0100)],
      { node: 'f8000000.pcie' },
      'arm64',
      'root-complex',
    ],
  ])('%s', (_what, functions, told, value, code) => {
    const { architecture } = platform(functions, told);
    expect([factValue(architecture), architecture.state === 'known' ? architecture.evidence.code : undefined]).toEqual([
      value,
      code,
    ]);
  });

  it('decides which options a command line has: x86 unless it is known to be another', () => {
    expect(cmdlineArch(platform([]))).toBe('x86');
    expect(cmdlineArch(platform([intel]))).toBe('x86');
    expect(cmdlineArch(platform([rootPort(0x1def, 0xe101)]))).toBe('other');
  });
});

describe('the IOMMU', () => {
  const amdIommu: SmallFunction = { bdf: '00:00.2', classCode: 0x080600, vendor: 0x1022, device: 0x1481 };
  const grouped: SmallFunction = { bdf: '00:03.0', type: 0, group: 4 };
  const group = known([{ id: 0, type: NOT_IN_INPUT, reservedRegions: NOT_IN_INPUT, devices: [] }]);
  it.each<[string, readonly SmallFunction[], Told, string | undefined, boolean | undefined]>([
    ['one of sysfs', [], { iommu: 'smmuv3' }, 'smmuv3', true],
    ["AMD's function shows the kind, not its use", [amdIommu], {}, 'amd', undefined],
    ["AMD's firmware table", [], { ivhdEfr: 0n }, 'amd', undefined],
    ['that of a RISC-V IOMMU is none of AMD', [{ ...amdIommu, vendor: 0x1b36 }], {}, undefined, undefined],
    ['groups', [], { groups: group }, undefined, true],
    ['groups, and an Intel chipset', [hostBridge(0x8086, 0x09a2)], { groups: group }, 'intel', true],
    ['a function in a group, and a Zen', [hostBridge(0x1022, 0x1480), grouped], {}, 'amd', true],
    ['a function in a group of a virtual machine', [hostBridge(0x8086, 0x29c0), grouped], {}, undefined, true],
    ['no groups', [hostBridge(0x8086, 0x09a2)], { groups: known([]) }, undefined, false],
    ['nothing', [hostBridge(0x8086, 0x09a2)], {}, undefined, undefined],
    ["AMD's option", [hostBridge(0x1022, 0x1480)], { cmdline: 'amd_iommu=off' }, undefined, false],
    ['the option of x86, on AMD', [hostBridge(0x1022, 0x1480)], { cmdline: 'ro iommu=off' }, undefined, false],
    ['the option of x86 alone, on Intel', [hostBridge(0x8086, 0x09a2)], { cmdline: 'iommu=off' }, undefined, undefined],
    ["Intel's option", [hostBridge(0x8086, 0x09a2)], { cmdline: 'intel_iommu=off' }, undefined, false],
    ["Intel's option on AMD", [hostBridge(0x1022, 0x1480)], { cmdline: 'intel_iommu=off' }, undefined, undefined],
    ['the option of a maker nobody knows', [], { cmdline: 'amd_iommu=off intel_iommu=off' }, undefined, undefined],
    ['groups beside the option', [], { groups: group, cmdline: 'amd_iommu=off' }, undefined, true],
  ])('%s', (_what, functions, told, kind, inUse) => {
    const found = platform(functions, told);
    expect([factValue(found.iommu), factValue(found.iommuInUse)]).toEqual([kind, inUse]);
  });
});

describe('a fact is never both', () => {
  it('more functions never turn a known Zen into a known other, or back', () => {
    const functions = fc.array(
      fc.tuple(fc.constantFrom(0x1022, 0x8086, 0x1d94, 0x10de, 0x1b36), fc.integer({ min: 0x1000, max: 0x17ff })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(functions, fc.nat(5), (ids, at) => {
        const fns = ids.map(([vendor, device], index) => ({ ...hostBridge(vendor, device), bdf: `00:0${index}.0` }));
        const part = factValue(platform(fns.slice(0, at)).zen);
        const whole = factValue(platform(fns).zen);
        expect(part === undefined || whole === undefined || part === whole).toBe(true);
      }),
    );
  });
});
