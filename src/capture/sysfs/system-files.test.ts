import { describe, expect, it } from 'vitest';
import { type Files, treeOf } from '../../../test/capture/tree-of.ts';
import { type FileTree, factValue, type MachineCapture, readSysfsTree } from '../index.ts';

const LOG: Files = { 'capture.log': 'capture format 1\n' };
const NO_PCI = 'no-pci-functions';

function read(files: Files): MachineCapture {
  return readSysfsTree(treeOf({ ...LOG, ...files }), { name: 'test' });
}

function codes(capture: MachineCapture): string[] {
  return capture.findings.map((finding) => finding.code).filter((code) => code !== NO_PCI);
}

const known = (value: unknown) => ({ state: 'known', value });
const unknown = (why: string) => ({ state: 'unreadable', why });
const absent = { state: 'absent' };

describe('iommu groups', () => {
  const GROUP = 'sys/kernel/iommu_groups/10';

  it('are read with type, regions and functions, in numerical order', () => {
    const capture = read({
      [`${GROUP}/type`]: 'DMA-FQ\n',
      [`${GROUP}/reserved_regions`]:
        '0x00000000fee00000 0x00000000feefffff msi\n0x000000fd00000000 0x000000ffffffffff reserved\n',
      [`${GROUP}/devices/0000:03:00.0`]: { link: '../../../../devices/pci0000:00/0000:03:00.0' },
      [`${GROUP}/devices/0000:02:00.0`]: { link: '../../../../devices/pci0000:00/0000:02:00.0' },
      [`${GROUP}/devices/9050000.smmu`]: { link: '../../../../devices/platform/9050000.smmu' },
      'sys/kernel/iommu_groups/9/type': 'identity\n',
    });
    expect(factValue(capture.iommuGroups)?.map((group) => group.id)).toEqual([9, 10]);
    expect(factValue(capture.iommuGroups)?.[1]).toEqual({
      id: 10,
      type: known('DMA-FQ'),
      reservedRegions: known([
        { range: { start: 0xfee00000n, end: 0xfef00000n }, type: 'msi' },
        { range: { start: 0xfd00000000n, end: 0x10000000000n }, type: 'reserved' },
      ]),
      devices: [0x200, 0x300],
    });
    expect(factValue(capture.iommuGroups)?.[0]?.reservedRegions).toEqual(
      unknown('no reserved_regions in this capture'),
    );
  });

  it('without a region have an empty list', () => {
    const capture = read({ [`${GROUP}/reserved_regions`]: '' });
    expect(factValue(capture.iommuGroups)?.[0]?.reservedRegions).toEqual(known([]));
  });

  it.each(['0x0 0x1 unknown', '0x0 0x1', 'fee00000 feefffff msi'])('leave out the line %j with a finding', (line) => {
    const capture = read({ [`${GROUP}/reserved_regions`]: `${line}\n0x0 0xfff direct-relaxable\n` });
    expect(factValue(capture.iommuGroups)?.[0]?.reservedRegions).toEqual(
      known([{ range: { start: 0n, end: 0x1000n }, type: 'direct-relaxable' }]),
    );
    expect(codes(capture)).toEqual(['reserved-region-odd']);
  });

  it('are none where the folder is empty', () => {
    expect(read({ 'sys/kernel/iommu_groups': null }).iommuGroups).toEqual(known([]));
  });
});

describe('iommus', () => {
  it('are told by name and read with the registers of their kind', () => {
    const capture = read({
      'sys/class/iommu/dmar0': { link: '../../devices/virtual/iommu/dmar0' },
      'sys/devices/virtual/iommu/dmar0/intel-iommu/cap': 'd2008c222f0606\n',
      'sys/devices/virtual/iommu/dmar0/intel-iommu/ecap': 'f00f4a\n',
      'sys/class/iommu/ivhd0': { link: '../../devices/pci0000:00/0000:00:01.0/iommu/ivhd0' },
      'sys/devices/pci0000:00/0000:00:01.0/iommu/ivhd0/amd-iommu/cap': '1f03000f\n',
      'sys/devices/pci0000:00/0000:00:01.0/iommu/ivhd0/amd-iommu/features': '29d3:0\n',
      'sys/class/iommu/smmu3.0x0000000009050000': {
        link: '../../devices/platform/9050000.smmuv3/iommu/smmu3.0x9050000',
      },
      'sys/class/iommu/0000:00:03.0': { link: '../../devices/pci0000:00/0000:00:03.0/iommu/0000:00:03.0' },
      'sys/class/iommu/iommu.1': { link: '../../devices/platform/iommu.1' },
    });
    expect(factValue(capture.iommus)).toEqual([
      { name: '0000:00:03.0', kind: 'virtio', cap: absent, ecap: absent, features: absent },
      { name: 'dmar0', kind: 'intel', cap: known('d2008c222f0606'), ecap: known('f00f4a'), features: absent },
      { name: 'iommu.1', kind: 'other', cap: absent, ecap: absent, features: absent },
      { name: 'ivhd0', kind: 'amd', cap: known('1f03000f'), ecap: absent, features: known('29d3:0') },
      { name: 'smmu3.0x0000000009050000', kind: 'smmuv3', cap: absent, ecap: absent, features: absent },
    ]);
  });

  it.each(['../../../../etc', '../../devices/virtual/iommu/other'])(
    'have unknown registers behind a link to %s',
    (link) => {
      const [iommu] = factValue(read({ 'sys/class/iommu/dmar0': { link } }).iommus) ?? [];
      expect(iommu?.cap).toEqual(unknown('no intel-iommu folder of dmar0 in this capture'));
    },
  );
});

describe('/proc/cpuinfo', () => {
  it('tells of the first processor', () => {
    const cpuinfo = `processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model name\t: AMD EPYC 9354

processor\t: 1
vendor_id\t: Other
`;
    expect(read({ 'proc/cpuinfo': cpuinfo }).cpu).toEqual(
      known({ vendorId: known('AuthenticAMD'), family: known(25), modelName: known('AMD EPYC 9354') }),
    );
  });

  it('of an arm64 machine has no vendor', () => {
    const cpuinfo = 'processor\t: 0\nBogoMIPS\t: 125.00\nCPU implementer\t: 0x41\n';
    expect(read({ 'proc/cpuinfo': cpuinfo }).cpu).toEqual(
      known({ vendorId: absent, family: absent, modelName: absent }),
    );
  });

  it.each<[string, Files, string]>([
    ['missing', {}, 'no /proc/cpuinfo in this capture'],
    ['empty', { 'proc/cpuinfo': '' }, '/proc/cpuinfo is empty'],
  ])('that is %s tells nothing', (_name, files, why) => {
    expect(read(files).cpu).toEqual(unknown(why));
  });
});

describe('/proc/iomem', () => {
  it('is read with its nesting', () => {
    const iomem = '00100000-3ffdffff : System RAM\n  31000000-321d3f8f : Kernel code\nfd00000000-ffffffffff : a : b\n';
    expect(read({ 'proc/iomem': iomem }).iomem).toEqual(
      known([
        { range: { start: 0x100000n, end: 0x3ffe0000n }, name: 'System RAM', depth: 0 },
        { range: { start: 0x31000000n, end: 0x321d3f90n }, name: 'Kernel code', depth: 1 },
        { range: { start: 0xfd00000000n, end: 0x10000000000n }, name: 'a : b', depth: 0 },
      ]),
    );
  });

  it('whose addresses are all 0 was not read as root', () => {
    const iomem = '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n';
    expect(read({ 'proc/iomem': iomem }).iomem).toEqual(
      unknown('the addresses in /proc/iomem read 0: not read as root'),
    );
  });

  it('leaves out lines that make no sense', () => {
    const capture = read({ 'proc/iomem': 'x\n00000000-00000fff : Reserved\n' });
    expect(factValue(capture.iomem)).toHaveLength(1);
    expect(codes(capture)).toEqual(['iomem-odd-line']);
  });
});

describe('the kernel', () => {
  const version = 'Linux version 7.3.4+deb13-amd64 (someone@somewhere) (gcc 14) #1 SMP\n';

  it('is named by the third word of /proc/version, else by its own file', () => {
    expect(read({ 'proc/version': version }).kernel.release).toEqual(known('7.3.4+deb13-amd64'));
    const live = { 'proc/version': version, 'proc/sys/kernel/osrelease': '6.18.15-live\n' };
    expect(read(live).kernel.release).toEqual(known('6.18.15-live'));
    expect(read({ 'proc/version': 'FreeBSD 15\n' }).kernel.release).toEqual(unknown('/proc/version says "FreeBSD 15"'));
    expect(read({}).kernel.release).toEqual(unknown('no /proc/version in this capture'));
  });

  it('has a command line and modules', () => {
    const { kernel } = read({
      'proc/cmdline': 'root=/dev/sda1 iommu=pt\n',
      'proc/modules': 'nvme 49152 2 - Live 0x0000000000000000\nxhci_pci 20480 0 - Live 0x0\n',
    });
    expect(kernel.cmdline).toEqual(known('root=/dev/sda1 iommu=pt'));
    expect(kernel.modules).toEqual(known(['nvme', 'xhci_pci']));
    expect(read({ 'proc/modules': '' }).kernel.modules).toEqual(known([]));
    expect(read({}).kernel.modules).toEqual(absent);
  });

  it('has configuration lines; one that is not set is n', () => {
    const config = 'CONFIG_PCI_P2PDMA=y\n# CONFIG_HSA_AMD_P2P is not set\nCONFIG_A="text"\n# a comment\nCONFIG_B=m\n';
    const { kernel } = read({ 'boot/config-1.2.3': config });
    expect(kernel.config).toEqual(
      known(
        new Map([
          ['CONFIG_PCI_P2PDMA', 'y'],
          ['CONFIG_HSA_AMD_P2P', 'n'],
          ['CONFIG_A', 'text'],
          ['CONFIG_B', 'm'],
        ]),
      ),
    );
  });

  it('has the configuration of its own release where there are several', () => {
    const files = { 'boot/config-1': 'CONFIG_A=1\n', 'boot/config-2': 'CONFIG_A=2\n' };
    const release = (name: string) => ({ 'proc/version': `Linux version ${name} x\n` });
    expect(factValue(read({ ...files, ...release('2') }).kernel.config)?.get('CONFIG_A')).toBe('2');
    expect(read({ ...files, ...release('3') }).kernel.config).toEqual(
      unknown('no kernel configuration in this capture'),
    );
    const modules = { 'lib/modules/3/config': 'CONFIG_A=3\n' };
    expect(factValue(read({ ...files, ...modules, ...release('3') }).kernel.config)?.get('CONFIG_A')).toBe('3');
  });

  it('never asks for a path that a release name leads out by', () => {
    const tree = treeOf({ 'proc/version': 'Linux version ../../../etc x\n' });
    const asked: string[] = [];
    const spy: FileTree = {
      directory: (path) => {
        asked.push(path);
        return tree.directory(path);
      },
    };
    expect(readSysfsTree(spy, { name: 'test' }).kernel.release).toEqual(known('../../../etc'));
    expect(asked.filter((path) => path.includes('..'))).toEqual([]);
  });

  it('has no configuration in an empty file, which the script makes before it has anything', () => {
    expect(read({ 'boot/config-1': '' }).kernel.config.state).toBe('unreadable');
  });

  it('has the configuration of /proc/config.gz where it can be unpacked', () => {
    const files = { 'proc/config.gz': 'packed', 'boot/config-1': 'CONFIG_A=boot\n', ...LOG };
    const unpack = () => new TextEncoder().encode('CONFIG_A=proc\n');
    const value = (gunzip?: (bytes: Uint8Array) => Uint8Array | undefined) => {
      const { kernel } = readSysfsTree(
        treeOf(files),
        gunzip === undefined ? { name: 'test' } : { name: 'test', gunzip },
      );
      return factValue(kernel.config)?.get('CONFIG_A');
    };
    expect(value(unpack)).toBe('proc');
    expect(value(() => undefined)).toBe('boot');
    expect(value()).toBe('boot');
  });
});
